#include "file_entries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/bytes.h"
#include "../common/cleanup.h"
#include "../common/guest-protocol.h"
#include "../common/io.h"
#include "file_failure.h"
#include "file_place.h"

enum { BUFFER_BYTES = 64 << 10 };

static struct {
    size_t used;
    uint8_t bytes[BUFFER_BYTES];
} out;

static void flush(void) {
    if (!write_all(STDOUT_FILENO, out.bytes, out.used)) file_give_up(NULL, errno);
    out.used = 0;
}

static enum entry_type type_of(mode_t mode) {
    if (S_ISREG(mode)) return ENTRY_FILE;
    if (S_ISDIR(mode)) return ENTRY_DIRECTORY;
    return S_ISLNK(mode) ? ENTRY_SYMLINK : ENTRY_OTHER;
}

static void write_entry(const struct stat *status, const char *name, const char *target) {
    size_t name_length = strlen(name);
    size_t target_length = strlen(target);
    size_t length = ENTRY_HEADER + name_length + target_length;
    if (length > sizeof out.bytes - out.used) flush();
    uint8_t *to = out.bytes + out.used;
    to[0] = (uint8_t)type_of(status->st_mode);
    write_u16(to + 1, (uint16_t)(status->st_mode & 07777));
    write_u32(to + 3, status->st_uid);
    write_u32(to + 7, status->st_gid);
    write_u64(to + 11, (uint64_t)status->st_size);
    write_u64(to + 19, (uint64_t)status->st_mtim.tv_sec);
    write_u32(to + 27, (uint32_t)status->st_mtim.tv_nsec);
    write_u16(to + 31, (uint16_t)name_length);
    write_u16(to + 33, (uint16_t)target_length);
    memcpy(to + ENTRY_HEADER, name, name_length);
    memcpy(to + ENTRY_HEADER + name_length, target, target_length);
    out.used += length;
}

// Reads the target of a link; empty for anything else.
static void read_target(int folder, const char *name, const struct stat *status, char target[MAX_PATH + 1]) {
    ssize_t length = S_ISLNK(status->st_mode) ? readlinkat(folder, name, target, MAX_PATH) : 0;
    target[length < 0 ? 0 : length] = '\0';
}

void entries_stat(int root, const char *path, bool follow) {
    char target[MAX_PATH + 1];
    struct stat status;
    cleanup_close int fd = place_open(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0 || fstat(fd, &status) < 0) file_give_up(NULL, errno);
    read_target(fd, "", &status, target);
    write_entry(&status, "", target);
    flush();
}

// Skips entries that have disappeared in the meantime.
static void add_entry(int folder, const char *name) {
    char target[MAX_PATH + 1];
    struct stat status;
    if (is_dots(name)) return;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
        if (errno == ENOENT) return;
        file_give_up(name, errno);
    }
    read_target(folder, name, &status, target);
    write_entry(&status, name, target);
}

void entries_list(int root, const char *path) {
    cleanup_dir DIR *folder = entries_of(place_open(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK));
    if (!folder) file_give_up(NULL, errno);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) break;
        add_entry(dirfd(folder), entry->d_name);
    }
    if (errno != 0) file_give_up(NULL, errno);
    flush();
}
