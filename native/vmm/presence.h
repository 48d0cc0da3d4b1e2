#ifndef BOX_PRESENCE_H
#define BOX_PRESENCE_H

/* The lock that shows that a process is alive, and the socket on which it is reached. Both exit on errors. */

/* Takes the lock FILE, creating it if it is missing. Returns its descriptor, or -1 if another process holds it. */
int take_lock(const char *path);

/* Exits, reporting that another process holds the lock. */
_Noreturn void refuse_locked(const char *path);

/* Replaces the socket PATH, in a directory that belongs to this user alone, with one that listens. */
int listen_at(const char *path);

#endif
