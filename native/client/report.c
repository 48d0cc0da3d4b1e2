#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RED = 31, YELLOW = 33, CYAN = 36 };

struct text text_of(const char *string) {
    return (struct text){string, strlen(string)};
}

/* Control characters must not reach the terminal: those of ASCII but newlines, and U+0080 to U+009F. */
static void write_harmless(struct text text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte == 0xc2 && i + 1 < text.length && (unsigned char)text.at[i + 1] < 0xa0) {
            (void)fprintf(stderr, "\\x%02x", (unsigned char)text.at[++i]);
        } else if ((byte < 0x20 && byte != '\n') || byte == 0x7f) {
            (void)fprintf(stderr, "\\x%02x", byte);
        } else {
            (void)fputc(byte, stderr);
        }
    }
}

static void write_line(int colour, const char *label, struct text text) {
    const char *without = getenv("NO_COLOR");
    bool coloured = isatty(STDERR_FILENO) && (without == NULL || without[0] == '\0');
    if (coloured) (void)fprintf(stderr, "\033[%dm%s\033[0m ", colour, label);
    else (void)fprintf(stderr, "%s ", label);
    write_harmless(text);
    (void)fputc('\n', stderr);
}

static void buffer_stderr(void) {
    static char buffer[BUFSIZ];
    (void)setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
}

void report_error(struct text message, struct text hint) {
    buffer_stderr();
    write_line(RED, "box:", message);
    if (hint.at != NULL) write_line(CYAN, "hint:", hint);
    (void)fflush(stderr);
}

void report_warning(struct text message) {
    buffer_stderr();
    write_line(YELLOW, "warning:", message);
    (void)fflush(stderr);
}
