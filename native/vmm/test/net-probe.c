/*
 * Does what QEMU's user-mode network would, with libboxnet.so preloaded. Each word is `bind:ADDRESS:PORT` or
 * `connect:ADDRESS:PORT` (IPv4); prints `ok` or the error of each, one a line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *rest = NULL;
        const char *verb = strtok_r(argv[i], ":", &rest);
        const char *address = strtok_r(NULL, ":", &rest);
        const char *port = strtok_r(NULL, ":", &rest);
        struct sockaddr_in at = {.sin_family = AF_INET};
        if (port == NULL || inet_pton(AF_INET, address, &at.sin_addr) != 1) return 2;
        at.sin_port = htons((unsigned short)atoi(port));
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int (*call)(int, const struct sockaddr *, socklen_t) = strcmp(verb, "bind") == 0 ? bind : connect;
        int result = call(fd, (struct sockaddr *)&at, sizeof at);
        puts(result == 0 ? "ok" : strerrorname_np(errno));
        close(fd);
    }
    return 0;
}
