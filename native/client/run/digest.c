#include "digest.h"

uint64_t digest_of(const void *bytes, size_t length) {
    uint64_t digest = 0xcbf29ce484222325;
    for (const unsigned char *at = bytes, *end = at + length; at < end; at++) digest = (digest ^ *at) * 0x100000001b3;
    return digest;
}
