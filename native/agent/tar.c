#include "tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../common/io.h"

enum { MAX_OCTAL_ID = 07777777 };
#define MAX_OCTAL_SIZE UINT64_C(077777777777)

void tar_open(struct tar *tar, int fd) {
    tar->fd = fd;
    tar->error = 0;
    tar->used = 0;
    tar->records = NULL;
    tar->records_length = 0;
    tar->records_capacity = 0;
}

static void flush(struct tar *tar) {
    if (tar->error == 0 && !write_all(tar->fd, tar->buffer, tar->used)) tar->error = errno;
    tar->used = 0;
}

void tar_data(struct tar *tar, const void *bytes, size_t length) {
    const uint8_t *from = bytes;
    while (length > 0) {
        size_t part = TAR_BUFFER - tar->used < length ? TAR_BUFFER - tar->used : length;
        memcpy(tar->buffer + tar->used, from, part);
        tar->used += part;
        from += part;
        length -= part;
        if (tar->used == TAR_BUFFER) flush(tar);
    }
}

void tar_zeros(struct tar *tar, uint64_t length) {
    static const uint8_t zeros[TAR_BLOCK];
    for (; length > 0 && tar->error == 0;) {
        size_t part = length < sizeof zeros ? (size_t)length : sizeof zeros;
        tar_data(tar, zeros, part);
        length -= part;
    }
}

void tar_pad(struct tar *tar, uint64_t size) { tar_zeros(tar, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK); }

// Adds a record `LENGTH KEY=VALUE\n`, in which the length includes its own digits.
static void add_record(struct tar *tar, const char *prefix, const char *key, const void *value, size_t length) {
    size_t rest = strlen(prefix) + strlen(key) + length + 3;
    size_t total = rest + 1;
    char digits[24];
    while ((size_t)snprintf(digits, sizeof digits, "%zu", total) + rest != total) total++;
    if (tar->records_length + total > tar->records_capacity) {
        size_t capacity = (tar->records_length + total) * 2;
        char *grown = realloc(tar->records, capacity);
        if (!grown) {
            tar->error = ENOMEM;
            return;
        }
        tar->records = grown;
        tar->records_capacity = capacity;
    }
    char *at = tar->records + tar->records_length;
    at += sprintf(at, "%s %s%s=", digits, prefix, key);
    memcpy(at, value, length);
    at[length] = '\n';
    tar->records_length += total;
}

void tar_attribute(struct tar *tar, const char *name, const void *value, size_t length) {
    add_record(tar, "SCHILY.xattr.", name, value, length);
}

static void add_number(struct tar *tar, const char *key, long long value) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", value);
    add_record(tar, "", key, digits, (size_t)length);
}

static void set_octal(char *field, size_t size, uint64_t value) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%0*llo", (int)size - 1, (unsigned long long)value);
    memcpy(field, digits, size);
}

static void set_name(char *field, const char *name) { memcpy(field, name, strnlen(name, TAR_NAME_BYTES)); }

static void write_header(struct tar *tar, struct tar_header *header) {
    unsigned sum = 0;
    memcpy(header->magic, "ustar", sizeof header->magic);
    memcpy(header->version, "00", sizeof header->version);
    memset(header->checksum, ' ', sizeof header->checksum);
    for (size_t i = 0; i < sizeof *header; i++) sum += ((const uint8_t *)header)[i];
    set_octal(header->checksum, 7, sum);
    tar_data(tar, header, sizeof *header);
}

static void write_records(struct tar *tar) {
    struct tar_header header = {.type = 'x'};
    set_name(header.name, "pax");
    set_octal(header.mode, sizeof header.mode, 0644);
    set_octal(header.uid, sizeof header.uid, 0);
    set_octal(header.gid, sizeof header.gid, 0);
    set_octal(header.size, sizeof header.size, tar->records_length);
    set_octal(header.mtime, sizeof header.mtime, 0);
    write_header(tar, &header);
    tar_data(tar, tar->records, tar->records_length);
    tar_pad(tar, tar->records_length);
    tar->records_length = 0;
}

void tar_entry(struct tar *tar, const struct tar_entry *entry) {
    const struct stat *status = entry->status;
    struct tar_header header = {.type = entry->type};
    size_t target = entry->target ? strlen(entry->target) : 0;
    bool time_fits = status->st_mtime >= 0 && (uint64_t)status->st_mtime <= MAX_OCTAL_SIZE;
    bool size_fits = entry->size <= MAX_OCTAL_SIZE;
    bool uid_fits = status->st_uid <= MAX_OCTAL_ID;
    bool gid_fits = status->st_gid <= MAX_OCTAL_ID;
    if (strlen(entry->path) > TAR_NAME_BYTES) add_record(tar, "", "path", entry->path, strlen(entry->path));
    if (target > TAR_NAME_BYTES) add_record(tar, "", "linkpath", entry->target, target);
    if (!size_fits) add_number(tar, "size", (long long)entry->size);
    if (!uid_fits) add_number(tar, "uid", status->st_uid);
    if (!gid_fits) add_number(tar, "gid", status->st_gid);
    if (!time_fits) add_number(tar, "mtime", status->st_mtime);
    if (tar->records_length > 0) write_records(tar);

    set_name(header.name, entry->path);
    if (target > 0) set_name(header.target, entry->target);
    set_octal(header.mode, sizeof header.mode, status->st_mode & 07777);
    set_octal(header.uid, sizeof header.uid, uid_fits ? status->st_uid : 0);
    set_octal(header.gid, sizeof header.gid, gid_fits ? status->st_gid : 0);
    set_octal(header.size, sizeof header.size, size_fits ? entry->size : 0);
    set_octal(header.mtime, sizeof header.mtime, time_fits ? (uint64_t)status->st_mtime : 0);
    bool device = entry->type == '3' || entry->type == '4';
    set_octal(header.major, sizeof header.major, device ? major(status->st_rdev) : 0);
    set_octal(header.minor, sizeof header.minor, device ? minor(status->st_rdev) : 0);
    write_header(tar, &header);
}

bool tar_end(struct tar *tar) {
    tar_zeros(tar, UINT64_C(2) * TAR_BLOCK);
    flush(tar);
    free(tar->records);
    tar->records = NULL;
    errno = tar->error;
    return errno == 0;
}
