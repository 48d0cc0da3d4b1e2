#include "generated.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/statfs.h>

#include "../common/io.h"

enum { FIRST_CAPACITY = 64 << 10, MAX_CAPACITY = 64 << 20 };

bool is_generated(int fd) {
    static const long types[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,   CGROUP2_SUPER_MAGIC,
                                 SECURITYFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC};
    struct statfs system;
    if (fstatfs(fd, &system) < 0) return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if ((long)system.f_type == types[i]) return true;
    }
    return false;
}

uint8_t *read_generated(int fd, size_t *length) {
    uint8_t *content = NULL;
    *length = 0;
    for (size_t capacity = FIRST_CAPACITY; capacity <= MAX_CAPACITY; capacity *= 2) {
        uint8_t *grown = realloc(content, capacity);
        if (!grown) break;
        content = grown;
        ssize_t got = read_up_to(fd, content + *length, capacity - *length);
        if (got < 0) break;
        *length += (size_t)got;
        if (*length < capacity) return content;
        errno = EFBIG;
    }
    int reason = errno;
    free(content);
    errno = reason;
    return NULL;
}
