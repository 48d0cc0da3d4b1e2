/* Text that is put together from parts. */
#ifndef BOX_CLIENT_BUFFER_H
#define BOX_CLIENT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `whole` becomes false if something does not fit or is not UTF-8. */
struct buffer {
    uint8_t *bytes;
    size_t size, length;
    bool whole;
};

void add_bytes(struct buffer *buffer, const char *bytes, size_t length);
void add_text(struct buffer *buffer, const char *text);

/* Adds the contents of a JSON string (RFC 8259, section 7), escaped as by JSON.stringify. */
void add_escaped(struct buffer *buffer, const char *bytes, size_t length);

/* Adds a JSON string. */
void add_string(struct buffer *buffer, const char *string);

/* Ends the text with a NUL, which `length` does not count. Returns false if it is not `whole`. */
bool terminate(struct buffer *buffer);

#endif
