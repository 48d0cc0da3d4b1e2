/* open-probe FD NAME…: opens each NAME in directory FD, as virtiofsd does, and prints what it was. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(int fd, const char *name) {
    char link[64];
    char path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (fd < 0) {
        printf("%s: %s\n", name, strerrorname_np(errno));
    } else if (readlink(link, path, sizeof path - 1) >= 0) {
        printf("%s: %s\n", name, path);
    }
}

int main(int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        int folder = atoi(words[i]);
        /* Opens it with O_PATH, for reading with flags unknown at compile time, and with O_CREAT. */
        volatile int flags = O_RDONLY;
        say(openat(folder, words[i + 1], O_PATH | O_NOFOLLOW), words[i + 1]);
        say(openat(folder, words[i + 1], flags), words[i + 1]);
        say(openat(folder, words[i + 1], O_WRONLY | O_CREAT, 0600), words[i + 1]);
    }
    return 0;
}
