// DNS messages, for the resolver and its queries to named networks.
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DNS_PORT = 53, DNS_HEADER = 12, DNS_ANSWER_MS = 2000 };
enum { DNS_SERVFAIL = 2, DNS_NOT_IMPLEMENTED = 4, DNS_REFUSED = 5 };

// Whether a message answers the question. The question has at least a header.
static inline bool dns_is_answer(const uint8_t *question, const uint8_t *message, size_t length) {
    return length >= DNS_HEADER && memcmp(message, question, 2) == 0 && (message[2] & 0x80) != 0;
}

static inline bool dns_is_refusal(const uint8_t *answer) {
    unsigned code = answer[3] & 15;
    return code == DNS_SERVFAIL || code == DNS_NOT_IMPLEMENTED || code == DNS_REFUSED;
}

#endif
