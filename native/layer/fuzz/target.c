/*
 * The first byte selects what the rest is: data for a decoder, or the whole of standard input. This file replaces input.c,
 * output.c, fail.c and jail.c: buffers have random sizes, and each is followed by an inaccessible page, because the
 * sanitizers do not see into ISA-L and libzstd.
 */
#include "../../fuzz/target.h"

#include "../decoder.h"
#include "../fail.h"
#include "../input.h"
#include "../output.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* main.c, without opening files and sending answers. */
static int open_nothing(const char *name) { return strlen(name) == 0 ? -1 : STDOUT_FILENO; }
static int say_nothing(int to, const char *format, ...) { return to + (int)strlen(format); }
#define main layer_main
#define _exit(code) return code
#define open(name, flags) open_nothing(name)
#define close(file) ((void)(file))
#define dprintf say_nothing
#include "../main.c"
#undef main
#undef _exit
#undef open
#undef close
#undef dprintf

enum { WINDOW = 4096, MAX_OUTPUT = 1 << 22 };

static jmp_buf refused;
static uint32_t seed;
static uint64_t made;
static size_t promised;

/* Returns the end of a buffer that is followed by an inaccessible page. */
static uint8_t *new_fence(void) {
    uint8_t *pages = mmap(NULL, 2 * WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + WINDOW, WINDOW, PROT_NONE) != 0) abort();
    return pages + WINDOW;
}

/* Returns a number from 1 to MAX, the same for the same input. */
static size_t any(size_t max) {
    seed = seed * 1664525 + 1013904223;
    return 1 + (seed >> 8) % max;
}

_Noreturn static void leave(void) { longjmp(refused, 1); }

void fail(const char *kind, const char *text) {
    if (strlen(kind) == 0 || strlen(text) == 0) abort();
    leave();
}
void fail_errno(void) { leave(); }
void die(const char *format, ...) {
    if (strlen(format) == 0) abort();
    leave();
}
void die_errno(const char *format, ...) {
    if (strlen(format) == 0) abort();
    leave();
}

void enter_jail(void) {}

uint8_t *output_buffer(size_t *length) {
    static uint8_t *fence;
    if (fence == NULL) fence = new_fence();
    promised = *length = any(WINDOW);
    return fence - promised;
}
void output_add(size_t length) {
    if (length > promised) abort();
    promised -= length;
    made += length;
    if (made > MAX_OUTPUT) leave();
}
void begin_output(int file, uint64_t keep_free) {
    if (file < 0) abort();
    (void)keep_free;
}
uint64_t end_output(char text[DIGEST_TEXT]) {
    memset(text, '0', DIGEST_TEXT - 1);
    text[DIGEST_TEXT - 1] = '\0';
    return made;
}

static const uint8_t *input;
static size_t left;

/* Copies input to the end of a fenced buffer. */
static const uint8_t *chunk(size_t length) {
    static uint8_t *fence;
    if (fence == NULL) fence = new_fence();
    memcpy(fence - length, input, length);
    input += length;
    left -= length;
    return fence - length;
}

bool read_number(uint32_t *number) {
    if (left < 4) return false;
    memcpy(number, chunk(4), 4);
    return true;
}
const uint8_t *take_some(size_t max, size_t *length) {
    if (max == 0) abort();
    if (left == 0) die("the input ends");
    *length = any(max < WINDOW ? max : WINDOW);
    if (*length > left) *length = left;
    return chunk(*length);
}

static void decode(const struct decoder *decoder) {
    decoder->begin();
    while (left > 0) {
        size_t length;
        const uint8_t *some = take_some(left, &length);
        decoder->push(some, length);
    }
    decoder->end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct decoder *const decoders[] = {&gzip_decoder, &zstd_decoder, &plain_decoder};
    if (size == 0) return 0;
    input = data + 1;
    left = size - 1;
    seed = data[0];
    made = 0;
    promised = 0;
    if (setjmp(refused) != 0) return 0;
    if (data[0] % 4 < 3) {
        decode(decoders[data[0] % 4]);
    } else {
        layer_main();
    }
    return 0;
}
