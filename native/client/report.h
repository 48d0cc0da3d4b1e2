#ifndef BOX_CLIENT_REPORT_H
#define BOX_CLIENT_REPORT_H

#include <stddef.h>

/* Bytes that may hold NUL; `at` is NULL where there is none. */
struct text {
    const char *at;
    size_t length;
};

struct text text_of(const char *string);

/* Says what went wrong, and what to do, as src/cli/output/print.ts does. */
void report_error(struct text message, struct text hint);
void report_warning(struct text message);

/* Reports an error and ends the process with EXIT_DIED. */
_Noreturn void give_up(const char *message, const char *hint);

#endif
