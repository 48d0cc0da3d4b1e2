#ifndef BOX_CLIENT_REPORT_H
#define BOX_CLIENT_REPORT_H

#include <stddef.h>

/* Exit code of box's own failures, as Docker's. */
enum { EXIT_BOX = 125 };

/* Bytes that may hold NUL; `at` is NULL where there is none. */
struct text {
    const char *at;
    size_t length;
};

struct text text_of(const char *string);

/* Says what went wrong, and what to do, as src/cli/output/print.ts does. */
void report_error(struct text message, struct text hint);
void report_warning(struct text message);

#endif
