// The values of records, as both messages read them.
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "frames.h"

// Takes one record of the message. Returns whether it is as it should be.
typedef bool visit(void *target, const struct record *record);

// Shows every record to `each`, its value ended with a NUL.
bool visit_records(uint8_t *bytes, size_t length, visit *each, void *target, const char *what, struct failure *failure);

// The value as a string; NULL when there is a NUL in it.
const char *string_of(const struct record *record);
// Splits a value at its first `count - 1` NULs into `count` strings; false when there are more or fewer.
bool split(const uint8_t *value, size_t length, const char **parts, size_t count);

#endif
