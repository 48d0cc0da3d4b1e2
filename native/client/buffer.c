#include "buffer.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

void add_bytes(struct buffer *buffer, const char *bytes, size_t length) {
    if (length > buffer->size - buffer->length) buffer->whole = false;
    if (!buffer->whole) return;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void add_text(struct buffer *buffer, const char *text) { add_bytes(buffer, text, strlen(text)); }

void add_escaped(struct buffer *buffer, const char *bytes, size_t length) {
    static const char NAMED[] = "\"\\\b\f\n\r\t", LETTERS[] = "\"\\bfnrt";
    if (!is_utf8(bytes, length)) buffer->whole = false;
    for (size_t i = 0; i < length && buffer->whole; i++) {
        char c = bytes[i], escape[8];
        const char *named = c == '\0' ? NULL : strchr(NAMED, c);
        if (named != NULL) {
            escape[0] = '\\';
            escape[1] = LETTERS[named - NAMED];
            add_bytes(buffer, escape, 2);
        } else if ((unsigned char)c < 0x20) {
            (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c);
            add_text(buffer, escape);
        } else {
            add_bytes(buffer, &c, 1);
        }
    }
}

void add_string(struct buffer *buffer, const char *string) {
    add_text(buffer, "\"");
    add_escaped(buffer, string, strlen(string));
    add_text(buffer, "\"");
}

bool terminate(struct buffer *buffer) {
    add_bytes(buffer, "", 1);
    if (buffer->whole) buffer->length--;
    return buffer->whole;
}
