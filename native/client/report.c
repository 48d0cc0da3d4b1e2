#include "report.h"
#include "../common/exit-codes.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RED = 31, YELLOW = 33, CYAN = 36 };

struct text text_of(const char *string) {
    size_t length = strlen(string);
    return (struct text){string, length};
}

/* Decodes a UTF-8 sequence of two or three bytes; 0 for anything else. Longer ones are always printed as they are. */
static unsigned decode(struct text text, size_t at, size_t *length) {
    const unsigned char *bytes = (const unsigned char *)text.at + at;
    size_t left = text.length - at;
    if (left >= 2 && (bytes[0] & 0xe0) == 0xc0) {
        *length = 2;
        return (unsigned)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3fU);
    }
    if (left >= 3 && (bytes[0] & 0xf0) == 0xe0) {
        *length = 3;
        return (unsigned)(bytes[0] & 0x0f) << 12 | (bytes[1] & 0x3fU) << 6 | (bytes[2] & 0x3fU);
    }
    return 0;
}

/* As in src/config/syntax/visible.ts. */
static bool is_invisible(unsigned code) {
    return (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
           (code >= 0xd800 && code <= 0xdfff);
}

/* Each line that a message quotes has this prefix, so it cannot be mistaken for one of box's own. */
static bool is_quoted(struct text text, size_t at) {
    static const char QUOTED[] = "\n  | ";
    size_t length = sizeof QUOTED - 1;
    return text.length - at >= length && memcmp(text.at + at, QUOTED, length) == 0;
}

/* Text from a guest is shown as one line of visible characters, plus the lines marked as quoted. */
static void write_visible(struct text text) {
    for (size_t i = 0; i < text.length;) {
        unsigned char byte = (unsigned char)text.at[i];
        size_t length = 1;
        unsigned code = byte < 0x80 ? byte : decode(text, i, &length);
        if (byte == '\n' && !is_quoted(text, i)) (void)fputs("\\n", stderr);
        else if (byte == '\t') (void)fputs("\\t", stderr);
        else if (byte < 0x20 && byte != '\n') (void)fprintf(stderr, "\\x%02x", byte);
        else if (is_invisible(code)) (void)fprintf(stderr, "\\u%04x", code);
        else (void)fwrite(text.at + i, 1, length, stderr);
        i += length;
    }
}

static void write_line(int color, const char *label, struct text text) {
    const char *without = getenv("NO_COLOR");
    bool colored = isatty(STDERR_FILENO) && (without == NULL || without[0] == '\0');
    if (colored) (void)fprintf(stderr, "\033[%dm%s\033[0m ", color, label);
    else (void)fprintf(stderr, "%s ", label);
    write_visible(text);
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

void give_up(const char *message, const char *hint) {
    report_error(text_of(message), text_of(hint));
    exit(EXIT_DIED);
}

void report_warning(struct text message) {
    buffer_stderr();
    write_line(YELLOW, "warning:", message);
    (void)fflush(stderr);
}
