#ifndef BOX_SERVER_H
#define BOX_SERVER_H

/*
 * libkrun serves the volumes from a thread of the VMM's process. It hands the names that the guest sends to the kernel as
 * they are: "..", "/proc/self/mem". So this thread gets a root in which the share is all there is, before it reads its
 * first request. The process has no share in its own root: without that step there is nothing to serve.
 */

/* Has the thread that will serve enter ROOT, an open folder that stays open. */
void confine_server(int root);

/* In every thread of libkrun's before it waits for its next event: shuts the one that serves in. Ends the VMM on failure. */
void confine_thread(void);

#endif
