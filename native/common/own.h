// Sockets in a folder of this user's alone.
#ifndef COMMON_OWN_H
#define COMMON_OWN_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

// Opens a folder that belongs to this user, that nobody else may look into and that is no symbolic link, as a descriptor
// that names it. -1 with errno: EPERM when it is somebody else's too.
int open_own_folder(const char *path);

// The address of a socket in a folder that is open, however long the folder's path is. False: the name is too long.
bool address_in(int folder, const char *name, struct sockaddr_un *address);

// Whether the other end of a Unix socket was made by USER.
bool is_peer(int stream, uid_t user);

// Whether it was made by this process's user.
bool is_own_peer(int stream);

#endif
