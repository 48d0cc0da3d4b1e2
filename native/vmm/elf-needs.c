#define _GNU_SOURCE
#include "elf-needs.h"

#include "../common/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Searches for the name between two NUL bytes, as in the program's string table. No other part of a program contains that,
 * and if one did, QEMU would merely report an unknown option.
 */
bool is_linked_with(const char *program, const char *library) {
    struct stat status;
    cleanup_close int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) return false;
    size_t size = (size_t)status.st_size;
    /* Dynamic strings are near the beginning; there is no need to read the program's code. */
    size_t searched = size < 4 << 20 ? size : 4 << 20;
    void *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED) return false;
    bool found = memmem(text, searched, library, strlen(library) + 1) != NULL;
    munmap(text, size);
    return found;
}
