#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Writes a single line with a single write, so that lines of several processes do not mix. Line breaks in the text
// could forge further lines.
__attribute__((format(printf, 1, 0))) static _Noreturn void report(const char *format, va_list values,
                                                                   const char *reason) {
    char text[1024];
    int length = vsnprintf(text, sizeof text, format, values);
    if (length < 0) text[0] = '\0';
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\r') *at = ' ';
    }
    dprintf(STDERR_FILENO, PROGRAM ": %s%s%s\n", text, reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
    _exit(EXIT_DIED);
}

void die(const char *format, ...) {
    va_list values;
    va_start(values, format);
    report(format, values, NULL);
}

void die_errno(const char *format, ...) {
    const char *reason = strerror(errno);
    va_list values;
    va_start(values, format);
    report(format, values, reason);
}
