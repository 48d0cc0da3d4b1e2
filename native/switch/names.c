#include "names.h"

#include "../common/bytes.h"

#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, DNS = 12, PROTOCOL_UDP = 17, PORT = 53, TTL_SECONDS = 5 };
enum { TYPE_A = 1, TYPE_ANY = 255, CLASS_IN = 1, NO_ERROR = 0, REFUSED = 5, RECORD_BYTES = 16 };
enum { MAX_NAME = 255, MAX_LABEL = 63, MAX_ANSWERS = 14 }; /* what fits into 512 bytes with the longest name */

struct question {
    size_t length; /* in the message */
    char name[MAX_NAME + 1];
    unsigned type, class;
};

/*
 * Reads the name as lower-case labels separated by dots. It is the first name in the message, so there is nothing that
 * a compression pointer could refer to.
 */
static bool read_question(const uint8_t *bytes, size_t length, struct question *question) {
    size_t at = 0;
    size_t used = 0;
    for (;;) {
        if (at >= length) return false;
        size_t label = bytes[at++];
        if (label == 0) break;
        if (label > MAX_LABEL || label > length - at || used + label + 1 > MAX_NAME) return false;
        if (used > 0) question->name[used++] = '.';
        for (; label > 0; label--, at++) {
            uint8_t byte = bytes[at];
            if (byte == '\0' || byte == '.') return false;
            question->name[used++] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
        }
    }
    question->name[used] = '\0';
    if (length - at < 4) return false;
    question->type = read_be16(bytes + at);
    question->class = read_be16(bytes + at + 2);
    question->length = at + 4;
    return used > 0;
}

static const char *next_of(const char *string) { return string + strlen(string) + 1; }

static bool is_called(const struct place *place, const char *name) {
    for (const char *own = place->names; *own != '\0'; own = next_of(own)) {
        if (strcmp(own, name) == 0) return true;
    }
    return false;
}

/* Returns the name that NAME stands for if it is one of the asking member's links. */
static const char *linked_name(const struct place *origin, const char *name) {
    for (const char *alias = origin->links; *alias != '\0'; alias = next_of(next_of(alias))) {
        if (strcmp(alias, name) == 0) return next_of(alias);
    }
    return name;
}

/* Writes the answers. Returns the number of boxes with this name. */
static size_t write_answers(const struct place *origin, const struct question *question, uint8_t *bytes) {
    /* the question's name, an IPv4 address */
    uint8_t answer[RECORD_BYTES] = {0xc0, DNS, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, TTL_SECONDS, 0, ADDRESS_BYTES};
    const struct segment *segment = origin->segment;
    const char *name = linked_name(origin, question->name);
    size_t count = 0;
    for (size_t i = 0; i < segment->count && count < MAX_ANSWERS; i++) {
        const struct place *place = segment->places[i];
        if (!place->member->joined || !is_called(place, name)) continue;
        write_be32(answer + 12, place->address);
        memcpy(bytes + count * RECORD_BYTES, answer, RECORD_BYTES);
        count++;
    }
    return count;
}

/*
 * Writes the reply, of at most MAX_FRAME - ETHERNET - IPV4 - UDP bytes. Returns its length, 0 if ASKED is not a query.
 */
static size_t answer_message(const struct place *origin, const uint8_t *asked, size_t length, uint8_t *message) {
    struct question question;
    bool is_query = length > DNS && (asked[2] & 0xf8) == 0; /* QR 0, OPCODE 0 */
    if (!is_query || read_be16(asked + 4) != 1 || !read_question(asked + DNS, length - DNS, &question)) return 0;
    size_t size = DNS + question.length;
    memset(message, 0, DNS);
    memcpy(message, asked, 2);
    memcpy(message + DNS, asked + DNS, question.length);
    write_be16(message + 4, 1);
    size_t count = write_answers(origin, &question, message + size);
    bool is_known = count > 0;
    bool is_address = question.class == CLASS_IN && (question.type == TYPE_A || question.type == TYPE_ANY);
    if (!is_address) count = 0;
    message[2] = (uint8_t)(0x80 | (is_known ? 4 : 0) | (asked[2] & 1)); /* QR, AA, RD */
    message[3] = (uint8_t)(0x80 | (is_known ? NO_ERROR : REFUSED));     /* RA */
    write_be16(message + 6, (uint16_t)count);
    return size + count * RECORD_BYTES;
}

static uint16_t checksum(const uint8_t *header) {
    unsigned sum = 0;
    for (size_t i = 0; i < IPV4; i += 2) sum += read_be16(header + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

size_t names_answer(const struct place *origin, const uint8_t *frame, size_t length, uint8_t reply[MAX_FRAME]) {
    const uint8_t *ip = frame + ETHERNET;
    uint32_t own = origin->segment->subnet.gateway;
    if (length < ETHERNET + IPV4 + UDP) return 0;
    size_t header = (size_t)(ip[0] & 15) * 4;
    size_t total = read_be16(ip + 2);
    bool is_whole = (read_be16(ip + 6) & 0x3fff) == 0; /* neither MF nor an offset */
    if (header < IPV4 || total > length - ETHERNET || total < header + UDP || !is_whole) return 0;
    if (ip[9] != PROTOCOL_UDP || read_be32(ip + 16) != own) return 0;
    const uint8_t *udp = ip + header;
    size_t size = read_be16(udp + 4);
    if (read_be16(udp + 2) != PORT || size < UDP || size > total - header) return 0;

    size_t answer = answer_message(origin, udp + UDP, size - UDP, reply + ETHERNET + IPV4 + UDP);
    if (answer == 0) return 0;
    memset(reply, 0, ETHERNET + IPV4 + UDP);
    memcpy(reply, frame + MAC_BYTES, MAC_BYTES);
    memcpy(reply + MAC_BYTES, frame, MAC_BYTES);
    memcpy(reply + 12, frame + 12, 2);
    uint8_t *to = reply + ETHERNET;
    to[0] = 0x45;
    write_be16(to + 2, (uint16_t)(IPV4 + UDP + answer));
    to[8] = 64;
    to[9] = PROTOCOL_UDP;
    write_be32(to + 12, own);
    memcpy(to + 16, ip + 12, ADDRESS_BYTES);
    write_be16(to + 10, checksum(to));
    write_be16(to + IPV4, PORT);
    memcpy(to + IPV4 + 2, udp, 2);
    write_be16(to + IPV4 + 4, (uint16_t)(UDP + answer)); /* a UDP checksum of 0 means none */
    return ETHERNET + IPV4 + UDP + answer;
}
