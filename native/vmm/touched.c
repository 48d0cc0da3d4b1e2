/*
 * Part of libboxmemory.so: takes copies of a template's pages. Later, each would take a page fault, which takes ten times as
 * long.
 */
#define _GNU_SOURCE
#include "touched.h"

#include "template.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A list that is damaged must not take all memory. */
enum { MOST_COPIED_BYTES = 16 << 20 };

/* Reads a number and the character after it. */
static bool read_number(const char **text, char end, size_t *number) {
    char *after = NULL;
    if (**text < '0' || **text > '9') return false;
    errno = 0;
    *number = strtoul(*text, &after, 10);
    if (errno != 0 || *after != end) return false;
    *text = after + 1;
    return true;
}

void copy_touched(void *memory, size_t length) {
    const char *text = getenv(TOUCHED_VARIABLE);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t left = MOST_COPIED_BYTES / page;
    size_t begin = 0;
    size_t first = 0;
    size_t count = 0;
    while (text != NULL && read_number(&text, ' ', &first) && read_number(&text, '\n', &count)) {
        if (first < begin || first >= length / page || count > length / page - first || count > left) return;
        /* Linux has this since 5.14. */
        if (madvise((char *)memory + first * page, count * page, MADV_POPULATE_WRITE) != 0) return;
        begin = first + count;
        left -= count;
    }
}
