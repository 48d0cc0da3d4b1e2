#define _GNU_SOURCE
#include "round.h"

#include "../die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEPT = 8192, MOST_WORDS = 1 << 15 };

jmp_buf ended;
char last_message[MOST_WORDS];
static void *kept[MOST_KEPT];
static size_t kept_count;

/* Memory still allocated when box-vmm would have exited is not a leak. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

void *keep(void *memory) {
    if (memory == NULL || kept_count == MOST_KEPT) abort();
    kept[kept_count++] = memory;
    return memory;
}

static void drop(const void *memory) {
    for (size_t i = 0; memory != NULL && i < kept_count; i++) {
        if (kept[i] == memory) kept[i] = kept[--kept_count];
    }
}

void *kept_calloc(size_t count, size_t size) { return keep(calloc(count, size)); }

void *kept_grown(void *memory, size_t count, size_t size) {
    drop(memory);
    return keep(reallocarray(memory, count, size));
}

void forget(void *memory) {
    drop(memory);
    free(memory);
}

void end_round(void) {
    while (kept_count > 0) free(kept[--kept_count]);
    last_message[0] = '\0';
}

void die(const char *format, ...) {
    va_list values;
    va_start(values, format);
    (void)vsnprintf(last_message, MOST_WORDS, format, values);
    va_end(values);
    longjmp(ended, 1);
}

void die_errno(const char *format, ...) {
    const char *reason = strerror(errno);
    va_list values;
    va_start(values, format);
    int length = vsnprintf(last_message, MOST_WORDS, format, values);
    va_end(values);
    if (length >= 0 && length < MOST_WORDS) {
        (void)snprintf(last_message + length, (size_t)(MOST_WORDS - length), ": %s", reason);
    }
    longjmp(ended, 1);
}
