#include "records.h"

#include <string.h>

// The byte after a value is the next record's tag or the spare byte after the message, so the terminator is written
// only once the next record's header has been read.
bool visit_records(uint8_t *bytes, size_t length, visit *each, void *target, const char *what,
                   struct failure *failure) {
    struct records records = {bytes, bytes + length};
    struct record record;
    struct record next;
    int more = next_record(&records, &record);
    while (more == 1) {
        more = next_record(&records, &next);
        record.value[record.length] = '\0';
        if (!each(target, &record)) {
            return fail(failure, "failed", "the host sent a %s with a malformed record %u", what, record.tag);
        }
        record = next;
    }
    return more == 0 || fail(failure, "failed", "the host sent a truncated %s", what);
}

const char *string_of(const struct record *record) {
    return memchr(record->value, '\0', record->length) ? NULL : (const char *)record->value;
}

bool split(const uint8_t *value, size_t length, const char **parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        parts[i] = (const char *)value;
        const uint8_t *nul = memchr(value, '\0', length);
        if (i + 1 == count) return nul == NULL;
        if (!nul) return false;
        length -= (size_t)(nul + 1 - value);
        value = nul + 1;
    }
    return false;
}
