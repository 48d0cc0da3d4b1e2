#include "layer.h"
#include "../../common/io.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

enum { BLOCK = 4096, BLOCKS = 64 };
/* The C library has no header with it (linux/fs.h). */
#ifndef FICLONE
#define FICLONE _IOW(0x94, 9, int)
#endif

static bool is_zero(const char *bytes, size_t length) {
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

/* Writes blocks that follow each other at once. */
static bool write_blocks(int to, const char *bytes, size_t length, off_t at) {
    for (size_t done = 0; done < length;) {
        size_t run = 0;
        while (done + run < length) {
            size_t left = length - done - run, block = left < BLOCK ? left : BLOCK;
            if (is_zero(bytes + done + run, block)) break;
            run += block;
        }
        if (run > 0 && pwrite(to, bytes + done, run, at + (off_t)done) != (ssize_t)run) return false;
        done += run == 0 ? BLOCK : run;
    }
    return true;
}

static bool copy_range(int from, int to, off_t at, off_t end) {
    static char bytes[BLOCK * BLOCKS];
    while (at < end) {
        off_t left = end - at;
        ssize_t length = pread(from, bytes, left < (off_t)sizeof bytes ? (size_t)left : sizeof bytes, at);
        if (length <= 0 || !write_blocks(to, bytes, (size_t)length, at)) return false;
        at += length;
    }
    return true;
}

static bool copy_data(int from, int to, off_t size) {
    for (off_t at = 0, hole = 0; at < size; at = hole) {
        at = lseek(from, at, SEEK_DATA);
        if (at < 0) return errno == ENXIO;
        hole = lseek(from, at, SEEK_HOLE);
        if (hole < 0 || !copy_range(from, to, at, hole)) return false;
    }
    return true;
}

bool copy_layer(const char *from, const char *to) {
    cleanup_close int source = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    cleanup_close int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct stat file;
    if (source < 0 || target < 0 || fstat(source, &file) != 0 || !S_ISREG(file.st_mode)) return false;
    if (ioctl(target, FICLONE, source) == 0) return true;
    return ftruncate(target, file.st_size) == 0 && copy_data(source, target, file.st_size);
}
