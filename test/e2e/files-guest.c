// Creates in a box what its shell has no tools for: attributes, capabilities, a sparse file. Prints what failed.
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

static int set(const char *path, const char *name, const void *value, size_t size) {
    if (setxattr(path, name, value, size, 0) == 0) return 0;
    perror(name);
    return 1;
}

int main(int argc, char **argv) {
    // CAP_NET_BIND_SERVICE, permitted and effective (capabilities(7), version 2).
    static const unsigned char capability[20] = {1, 0, 0, 2, 0, 4};
    if (argc != 3) return 2;
    int failed = set(argv[1], "user.note", "a\0b", 3) + set(argv[1], "security.capability", capability, 20);
    int fd = open(argv[2], O_WRONLY | O_CREAT | O_EXCL, 0640);
    if (fd < 0 || pwrite(fd, "end", 3, 5 << 20) != 3) {
        perror(argv[2]);
        failed++;
    }
    return failed;
}
