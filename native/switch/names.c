#include "names.h"

#include "../common/bytes.h"

#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, DNS = 12, PROTOCOL_UDP = 17, PORT = 53, TTL_SECONDS = 5 };
enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_ANY = 255, CLASS_IN = 1, NO_ERROR = 0, REFUSED = 5 };
enum { RECORD_HEAD = 12 };
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

/* Resource records under construction. */
struct records {
    uint8_t *bytes;
    size_t length, count;
};

static void add_record(struct records *records, unsigned type, const uint8_t *data, size_t length) {
    /* the question's name */
    const uint8_t head[RECORD_HEAD] = {
        0xc0, DNS, 0, (uint8_t)type, 0, CLASS_IN, 0, 0, 0, TTL_SECONDS, (uint8_t)(length >> 8), (uint8_t)length};
    memcpy(records->bytes + records->length, head, sizeof head);
    memcpy(records->bytes + records->length + sizeof head, data, length);
    records->length += sizeof head + length;
    records->count++;
}

static void add_addresses(const struct place *origin, const char *asked, struct records *records) {
    const struct segment *segment = origin->segment;
    const char *name = linked_name(origin, asked);
    for (size_t i = 0; i < segment->count && records->count < MAX_ANSWERS; i++) {
        const struct place *place = segment->places[i];
        uint8_t address[ADDRESS_BYTES];
        if (!place->member->joined || !is_called(place, name)) continue;
        write_be32(address, place->address);
        add_record(records, TYPE_A, address, sizeof address);
    }
}

/* Answers with the addresses of the boxes called NAME or, as in Docker, NAME.NETWORK. */
static void answer_name(const struct place *origin, const char *name, struct records *records) {
    char before[MAX_NAME + 1] = "";
    size_t length = strlen(name);
    size_t own = strlen(origin->network);
    add_addresses(origin, name, records);
    if (records->count > 0 || length < own + 2 || name[length - own - 1] != '.') return;
    if (strcmp(name + length - own, origin->network) != 0) return;
    memcpy(before, name, length - own - 1);
    add_addresses(origin, before, records);
}

/* Reads the address that a name such as 9.7.89.10.in-addr.arpa stands for (RFC 1035, section 3.5). */
static bool read_reverse(const char *name, uint32_t *address) {
    *address = 0;
    for (unsigned i = 0; i < ADDRESS_BYTES; i++) {
        unsigned byte = 0;
        unsigned digits = 0;
        for (; *name >= '0' && *name <= '9' && digits < 3; name++, digits++) byte = byte * 10 + (unsigned)(*name - '0');
        if (digits == 0 || byte > 255 || *name++ != '.') return false;
        *address |= (uint32_t)byte << (8 * i);
    }
    return strcmp(name, "in-addr.arpa") == 0;
}

/* Appends a name to a domain name. Returns false if it is not possible in DNS. */
static bool put_labels(uint8_t bytes[MAX_NAME], size_t *used, const char *name) {
    while (*name != '\0') {
        size_t length = strcspn(name, ".");
        if (length < 1 || length > MAX_LABEL || *used + 1 + length + 1 > MAX_NAME) return false;
        bytes[(*used)++] = (uint8_t)length;
        memcpy(bytes + *used, name, length);
        *used += length;
        name += length;
        if (*name == '.') name++;
    }
    return true;
}

/* Answers with the name of the box that has an address, followed by that of the network. */
static void answer_address(const struct place *origin, const char *name, struct records *records) {
    const struct segment *segment = origin->segment;
    uint32_t address = 0;
    if (!read_reverse(name, &address)) return;
    for (size_t i = 0; i < segment->count; i++) {
        const struct place *place = segment->places[i];
        uint8_t domain[MAX_NAME];
        size_t used = 0;
        if (place->address != address || !place->member->joined) continue;
        if (!put_labels(domain, &used, place->names) || !put_labels(domain, &used, place->network)) return;
        domain[used++] = 0;
        add_record(records, TYPE_PTR, domain, used);
    }
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
    struct records records = {.bytes = message + size};
    if (question.type == TYPE_PTR) {
        answer_address(origin, question.name, &records);
    } else {
        answer_name(origin, question.name, &records);
    }
    bool is_known = records.count > 0;
    bool has_records = question.type == TYPE_A || question.type == TYPE_PTR || question.type == TYPE_ANY;
    if (question.class != CLASS_IN || !has_records) records.count = records.length = 0;
    message[2] = (uint8_t)(0x80 | (is_known ? 4 : 0) | (asked[2] & 1)); /* QR, AA, RD */
    message[3] = (uint8_t)(0x80 | (is_known ? NO_ERROR : REFUSED));     /* RA */
    write_be16(message + 6, (uint16_t)records.count);
    return size + records.length;
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
