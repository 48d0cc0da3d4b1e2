#include "utf8.h"

/* Length of the sequence at the beginning of `left` > 0 bytes; 0 if it is malformed. */
static size_t sequence(const unsigned char *at, size_t left) {
    unsigned char first = at[0], low = 0x80, high = 0xbf;
    if (first < 0x80) return 1;
    size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || length > left) return 0;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    if (at[1] < low || at[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf) return 0;
    return length;
}

bool is_utf8(const char *bytes, size_t length) {
    const unsigned char *at = (const unsigned char *)bytes;
    while (length > 0) {
        size_t taken = sequence(at, length);
        if (taken == 0) return false;
        at += taken;
        length -= taken;
    }
    return true;
}
