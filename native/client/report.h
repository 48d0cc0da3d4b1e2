#ifndef BOX_CLIENT_REPORT_H
#define BOX_CLIENT_REPORT_H

#include <stddef.h>

/* Bytes that may contain NUL; `at` is NULL if there is no text. */
struct text {
    const char *at;
    size_t length;
};

struct text text_of(const char *string);

/* Prints an error, with a hint unless that has no text, or a warning, as src/cli/output/print.ts does. */
void report_error(struct text message, struct text hint);
void report_warning(struct text message);

/* Reports an error and exits with EXIT_DIED. */
_Noreturn void give_up(const char *message, const char *hint);

#endif
