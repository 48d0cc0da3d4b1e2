// Sockets in a directory that only this user can access.
#ifndef COMMON_OWN_H
#define COMMON_OWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

// Opens a directory (O_PATH) that belongs to this user, is inaccessible to all others and is not a symbolic link.
// Returns -1 with errno set, to EPERM if others own it or can access it.
int open_own_folder(const char *path);

// Builds the address of a socket in an open directory, regardless of the length of the directory's path. Returns false
// if the name is too long.
bool address_in(int folder, const char *name, struct sockaddr_un *address);

// Whether the peer of a Unix socket belongs to USER.
bool is_peer(int stream, uid_t user);

// Whether the peer belongs to this process's user.
bool is_own_peer(int stream);

#endif
