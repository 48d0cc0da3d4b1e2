/*
 * Calls the functions that box-network overrides, as libslirp does. After box-network's options and `--`, each argument is
 * `bind:ADDRESS:PORT`, `listen:ADDRESS:PORT` or `connect:ADDRESS:PORT` (IPv4); prints `ok` or the error of each, one per
 * line. Listening sockets accept no connections; they stay open until stdin ends.
 */
#define _GNU_SOURCE
#include "../../network/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void hold(int fd) {
    char byte = 0;
    puts(listen(fd, 1) == 0 ? "listening" : strerrorname_np(errno));
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}

int main(int argc, char **argv) {
    int end = 1;
    while (end < argc && strcmp(argv[end], "--") != 0) end++;
    argv[end] = NULL;
    static struct settings settings;
    settings = parse_settings(argv + 1);
    net_policy_enforce(&settings.policy);
    for (int i = end + 1; i < argc; i++) {
        char *rest = NULL;
        const char *verb = strtok_r(argv[i], ":", &rest);
        const char *address = strtok_r(NULL, ":", &rest);
        const char *port = strtok_r(NULL, ":", &rest);
        struct sockaddr_in at = {.sin_family = AF_INET};
        if (port == NULL || inet_pton(AF_INET, address, &at.sin_addr) != 1) return 2;
        at.sin_port = htons((unsigned short)atoi(port));
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int (*call)(int, const struct sockaddr *, socklen_t) = strcmp(verb, "connect") == 0 ? connect : bind;
        int result = call(fd, (struct sockaddr *)&at, sizeof at);
        puts(result == 0 ? "ok" : strerrorname_np(errno));
        if (result == 0 && strcmp(verb, "listen") == 0) hold(fd);
        close(fd);
    }
    return 0;
}
