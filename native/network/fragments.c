#define _GNU_SOURCE
#include "fragments.h"

#include "../common/bytes.h"

#include <net/ethernet.h>
#include <stdbool.h>
#include <string.h>

enum { IP_HEADER = 20, IP_LENGTH = 2, IP_FRAGMENT = 6, IP_PROTOCOL = 9, IP_CHECKSUM = 10, IP_ADDRESSES = 12 };
enum { RESERVED = 0x8000, MORE = 0x2000, OFFSET = 0x1fff };
enum { DATAGRAMS = 8, MOST = 65535 };

/* A datagram of which the first DATA bytes have arrived. */
struct datagram {
    size_t header; /* 0: unused */
    size_t data;
    uint8_t frame[LARGEST_DATAGRAM];
};

static struct datagram datagrams[DATAGRAMS];

/* Fragments of a datagram have the same identification, protocol and addresses. */
static bool belongs(const struct datagram *datagram, const uint8_t *ip) {
    const uint8_t *first = datagram->frame + ETHER_HDR_LEN;
    return datagram->header != 0 && memcmp(first + 4, ip + 4, 2) == 0 && first[IP_PROTOCOL] == ip[IP_PROTOCOL] &&
           memcmp(first + IP_ADDRESSES, ip + IP_ADDRESSES, 8) == 0;
}

static struct datagram *find(const uint8_t *ip) {
    for (size_t i = 0; i < DATAGRAMS; i++)
        if (belongs(&datagrams[i], ip)) return &datagrams[i];
    return NULL;
}

/* An incomplete datagram makes room for a new one. */
static struct datagram *place_for(const uint8_t *ip) {
    static size_t next;
    struct datagram *place = find(ip);
    return place != NULL ? place : &datagrams[next++ % DATAGRAMS];
}

/* RFC 1071. */
static uint16_t checksum(const uint8_t *header, size_t length) {
    uint32_t sum = 0;
    for (size_t at = 0; at < length; at += 2) sum += read_be16(header + at);
    sum = (sum >> 16) + (sum & 0xffff);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

static const uint8_t *complete(struct datagram *datagram, size_t *length) {
    uint8_t *ip = datagram->frame + ETHER_HDR_LEN;
    size_t header = datagram->header;
    datagram->header = 0;
    write_be16(ip + IP_LENGTH, (uint16_t)(header + datagram->data));
    write_be16(ip + IP_FRAGMENT, 0);
    write_be16(ip + IP_CHECKSUM, 0);
    write_be16(ip + IP_CHECKSUM, checksum(ip, header));
    *length = ETHER_HDR_LEN + header + datagram->data;
    return datagram->frame;
}

/* Adds a fragment with a well-formed header. */
static const uint8_t *add(const uint8_t *frame, size_t header, size_t size, size_t *length) {
    const uint8_t *ip = frame + ETHER_HDR_LEN;
    uint16_t field = read_be16(ip + IP_FRAGMENT);
    size_t offset = (size_t)(field & OFFSET) * 8;
    bool more = (field & MORE) != 0;
    if (size == 0 || (more && size % 8 != 0)) return NULL;
    if (offset == 0) {
        struct datagram *first = place_for(ip);
        first->header = header;
        first->data = size;
        memcpy(first->frame, frame, ETHER_HDR_LEN + header + size);
        return NULL;
    }
    struct datagram *datagram = find(ip);
    if (datagram == NULL || datagram->data != offset || datagram->header + offset + size > MOST) return NULL;
    memcpy(datagram->frame + ETHER_HDR_LEN + datagram->header + offset, ip + header, size);
    datagram->data += size;
    return more ? NULL : complete(datagram, length);
}

const uint8_t *fragments_take(const uint8_t *frame, size_t *length) {
    if (*length < ETHER_HDR_LEN) return NULL;
    if (read_be16(frame + 2 * ETHER_ADDR_LEN) != ETHERTYPE_IP) return frame;
    if (*length < ETHER_HDR_LEN + IP_HEADER) return NULL;
    const uint8_t *ip = frame + ETHER_HDR_LEN;
    size_t header = (ip[0] & 0x0fU) * 4U;
    size_t total = read_be16(ip + IP_LENGTH);
    uint16_t field = read_be16(ip + IP_FRAGMENT);
    if (ip[0] >> 4 != 4 || header < IP_HEADER || total < header || ETHER_HDR_LEN + total > *length) return NULL;
    if ((field & RESERVED) != 0) return NULL;
    return (field & (MORE | OFFSET)) == 0 ? frame : add(frame, header, total - header, length);
}
