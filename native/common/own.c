#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "own.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int open_own_folder(const char *path) {
    cleanup_close int folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return -1;
    struct stat status;
    if (fstat(folder, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 077) == 0) {
        return take_fd(&folder);
    }
    errno = EPERM;
    return -1;
}

bool address_in(int folder, const char *name, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", folder, name);
    return length > 0 && (size_t)length < sizeof address->sun_path;
}

bool is_peer(int stream, uid_t user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(stream, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == user;
}

bool is_own_peer(int stream) { return is_peer(stream, geteuid()); }
