#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(struct failure *failure, const char *code, const char *format, ...) {
    (void)snprintf(failure->code, sizeof failure->code, "%s", code);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    return false;
}
