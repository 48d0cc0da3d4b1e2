#include "output.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    PIECES = 4,
    PIECE_BYTES = 256 * 1024,
    /* Stretches of zeros of this size become holes. */
    HOLE_BYTES = 64 * 1024,
    /* After so many bytes the disk's free space is asked for, and the disk is told to begin. */
    CHECK_BYTES = 4 * 1024 * 1024,
    /* So often the reader is told: each line wakes it. */
    TELL_BYTES = 1024 * 1024,
};

static uint8_t pieces[PIECES][PIECE_BYTES];

/* A ring: pieces from `done` to `made` wait for the writer, `made` is being filled. Held by `mutex`. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t lengths[PIECES];
static uint64_t made, done;

/* The maker's own. */
static size_t filled;
static bool started;

/* The writer's own while a piece waits for it, else the maker's. */
static EVP_MD_CTX *digest;
static int out = -1;
static uint64_t keep, position, unchecked, told;

static void write_all(const uint8_t *data, size_t length, uint64_t at) {
    while (length > 0) {
        ssize_t wrote = pwrite(out, data, length, (off_t)at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) fail_errno();
        data += wrote;
        length -= (size_t)wrote;
        at += (uint64_t)wrote;
    }
}

static bool is_zeros(const uint8_t *data, size_t length) {
    return data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

static void check_room(void) {
    struct statvfs disk;
    if (fstatvfs(out, &disk) != 0) fail_errno();
    /* Some file systems do not tell. */
    if (disk.f_blocks != 0 && (uint64_t)disk.f_bavail * disk.f_frsize <= keep) fail(FAIL_ROOM, "-");
}

/* What was written before goes to the disk meanwhile: there is less to wait for at the end. */
static void start_writeback(uint64_t before) {
    if (before >= CHECK_BYTES) {
        sync_file_range(out, (off_t)(before - CHECK_BYTES), CHECK_BYTES, SYNC_FILE_RANGE_WRITE);
    }
}

/* It may have been given its room before. */
static void grow(uint64_t bytes) {
    struct stat file;
    if (fstat(out, &file) != 0) fail_errno();
    if ((uint64_t)file.st_size < bytes && ftruncate(out, (off_t)bytes) != 0) fail_errno();
}

static void write_piece(const uint8_t *data, size_t length) {
    size_t from = 0;
    for (size_t at = 0; at < length;) {
        size_t step = length - at < HOLE_BYTES ? length - at : HOLE_BYTES;
        if (step == HOLE_BYTES && is_zeros(data + at, step)) {
            write_all(data + from, at - from, position + from);
            from = at + step;
        }
        at += step;
    }
    write_all(data + from, length - from, position + from);
    /* A hole at the end: whoever reads along would not find it. */
    if (from == length) grow(position + length);
}

static void take_piece(const uint8_t *data, size_t length) {
    add_to_digest(digest, data, length);
    unchecked += length;
    if (unchecked >= CHECK_BYTES) {
        check_room();
        start_writeback(position);
        unchecked = 0;
    }
    write_piece(data, length);
    position += length;
    if (position - told < TELL_BYTES) return;
    told = position;
    dprintf(STDOUT_FILENO, "written %" PRIu64 "\n", position);
}

static void *write_pieces(void *unused) {
    (void)unused;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (done == made) pthread_cond_wait(&changed, &mutex);
        size_t piece = done % PIECES;
        pthread_mutex_unlock(&mutex);
        take_piece(pieces[piece], lengths[piece]);
        pthread_mutex_lock(&mutex);
        done++;
        pthread_cond_signal(&changed);
    }
    return NULL;
}

void begin_output(int file, uint64_t room) {
    begin_digest(&digest);
    out = file;
    keep = room;
    position = told = 0;
    unchecked = CHECK_BYTES;
    pthread_t writer;
    if (!started && pthread_create(&writer, NULL, write_pieces, NULL) != 0) die("cannot start a thread");
    started = true;
}

uint8_t *output_room(size_t *length) {
    if (filled == 0) {
        pthread_mutex_lock(&mutex);
        while (made - done == PIECES) pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    *length = PIECE_BYTES - filled;
    return pieces[made % PIECES] + filled;
}

static void hand_over(void) {
    pthread_mutex_lock(&mutex);
    lengths[made % PIECES] = filled;
    made++;
    filled = 0;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

void output_add(size_t length) {
    filled += length;
    if (filled == PIECE_BYTES) hand_over();
}

uint64_t end_output(char text[DIGEST_TEXT]) {
    if (filled > 0) hand_over();
    pthread_mutex_lock(&mutex);
    while (done != made) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    end_digest(digest, text);
    return position;
}
