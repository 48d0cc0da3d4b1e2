// Helpers to parse the records of CONFIGURE and START.
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "frames.h"

// Handles one record of a message. Returns whether it is valid.
typedef bool visit(void *target, const struct record *record);

// Calls `each` for every record, with its value NUL-terminated. WHAT names the message in failures.
bool visit_records(uint8_t *bytes, size_t length, visit *each, void *target, const char *what, struct failure *failure);

// Returns the value as a string, or NULL if it contains a NUL.
const char *string_of(const struct record *record);
// Splits a value at its NULs into exactly `count` strings. Returns false if there are more or fewer.
bool split(const uint8_t *value, size_t length, const char **parts, size_t count);

#endif
