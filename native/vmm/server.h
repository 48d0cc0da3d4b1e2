#ifndef BOX_SERVER_H
#define BOX_SERVER_H

/*
 * libkrun serves the volumes from a thread of the VMM's process, and passes names from the guest to the kernel unchecked:
 * "..", "/proc/self/mem". So this thread gets a root that contains only the share before it reads its first request. The
 * process's own root does not contain the share: without that step there is nothing to serve.
 */

/* Sets the root that the serving thread will enter, an open directory that stays open. */
void confine_server(int root);

/* Called in every libkrun thread before it waits for events: confines the serving thread. Ends the VMM on failure. */
void confine_thread(void);

#endif
