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
    CHUNKS = 4,
    CHUNK_BYTES = 256 * 1024,
    /* Aligned blocks of zeros of this size become holes. */
    HOLE_BYTES = 64 * 1024,
    /* How often free space is checked and writeback started. */
    CHECK_BYTES = 4 * 1024 * 1024,
    /* How often progress is reported; each line wakes the reader. */
    REPORT_BYTES = 1024 * 1024,
};

static uint8_t chunks[CHUNKS][CHUNK_BYTES];

/* A ring buffer: chunks `written` up to `filled` wait for the writer, chunk `filled` is being filled. Guarded by `mutex`. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t lengths[CHUNKS];
static uint64_t filled, written;

/* Used by the first thread only. */
static size_t fill;
static bool started;

/* Used by the writer while there are chunks to write, otherwise by the first thread. */
static EVP_MD_CTX *digest;
static int out = -1;
static uint64_t min_free, position, unchecked, reported;

static void write_all(const uint8_t *data, size_t length, uint64_t at) {
    while (length > 0) {
        ssize_t count = pwrite(out, data, length, (off_t)at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_errno();
        data += count;
        length -= (size_t)count;
        at += (uint64_t)count;
    }
}

static bool is_zeros(const uint8_t *data, size_t length) {
    return data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

static void check_free_space(void) {
    struct statvfs disk;
    if (fstatvfs(out, &disk) != 0) fail_errno();
    /* Some file systems do not report their size. */
    if (disk.f_blocks != 0 && (uint64_t)disk.f_bavail * disk.f_frsize <= min_free) fail(FAIL_ROOM, "-");
}

/* Starts writing earlier data to the disk, so that there is less to wait for at the end. */
static void start_writeback(uint64_t before) {
    if (before >= CHECK_BYTES) {
        sync_file_range(out, (off_t)(before - CHECK_BYTES), CHECK_BYTES, SYNC_FILE_RANGE_WRITE);
    }
}

/* The file may have been preallocated. */
static void grow(uint64_t bytes) {
    struct stat file;
    if (fstat(out, &file) != 0) fail_errno();
    if ((uint64_t)file.st_size < bytes && ftruncate(out, (off_t)bytes) != 0) fail_errno();
}

static void write_chunk(const uint8_t *data, size_t length) {
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
    /* Make a hole at the end visible to a reader that follows the growing file. */
    if (from == length) grow(position + length);
}

static void write_and_hash(const uint8_t *data, size_t length) {
    add_to_digest(digest, data, length);
    unchecked += length;
    if (unchecked >= CHECK_BYTES) {
        check_free_space();
        start_writeback(position);
        unchecked = 0;
    }
    write_chunk(data, length);
    position += length;
    if (position - reported < REPORT_BYTES) return;
    reported = position;
    dprintf(STDOUT_FILENO, "written %" PRIu64 "\n", position);
}

static void *run_writer(void *unused) {
    (void)unused;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (written == filled) pthread_cond_wait(&changed, &mutex);
        size_t chunk = written % CHUNKS;
        pthread_mutex_unlock(&mutex);
        write_and_hash(chunks[chunk], lengths[chunk]);
        pthread_mutex_lock(&mutex);
        written++;
        pthread_cond_signal(&changed);
    }
    return NULL;
}

void begin_output(int file, uint64_t keep_free) {
    begin_digest(&digest);
    out = file;
    min_free = keep_free;
    position = reported = 0;
    unchecked = CHECK_BYTES;
    pthread_t writer;
    if (!started && pthread_create(&writer, NULL, run_writer, NULL) != 0) die("cannot start a thread");
    started = true;
}

uint8_t *output_buffer(size_t *length) {
    if (fill == 0) {
        pthread_mutex_lock(&mutex);
        while (filled - written == CHUNKS) pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    *length = CHUNK_BYTES - fill;
    return chunks[filled % CHUNKS] + fill;
}

static void hand_over(void) {
    pthread_mutex_lock(&mutex);
    lengths[filled % CHUNKS] = fill;
    filled++;
    fill = 0;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

void output_add(size_t length) {
    fill += length;
    if (fill == CHUNK_BYTES) hand_over();
}

uint64_t end_output(char text[DIGEST_TEXT]) {
    if (fill > 0) hand_over();
    pthread_mutex_lock(&mutex);
    while (written != filled) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    end_digest(digest, text);
    return position;
}
