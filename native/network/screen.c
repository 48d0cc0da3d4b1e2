#define _GNU_SOURCE
#include "screen.h"

#include "../common/bytes.h"
#include "../vmm/net_policy.h"
#include "fragments.h"
#include "stack.h"

#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>

enum { IP6_HEADER = 40, IP6_TO = 24, TCP_HEADER = 20, UDP_HEADER = 8, ICMP_HEADER = 8, SOLICITATION = 24 };
enum { TCP_OFFSET = 12, TCP_FLAGS = 13, TCP_CHECKSUM = 16, TCP_URGENT = 18, URGENT = 0x20 };
enum { ACCEPTS = 0x12, SEEN = 4096, SEEN_BYTES = 12 };
enum { BOOTP = 67, TFTP = 69, DHCP6 = 547 };

/* The contents of an IP packet. */
struct payload {
    size_t at; /* in the frame */
    size_t length;
    unsigned protocol;
    bool to_gateway; /* or to every host of the guest's network */
};

static struct payload read_v4(const uint8_t *frame) {
    const uint8_t *ip = frame + ETHER_HDR_LEN;
    size_t header = (ip[0] & 0x0fU) * 4U;
    uint32_t to = read_be32(ip + 16);
    return (struct payload){
        .at = ETHER_HDR_LEN + header,
        .length = read_be16(ip + 2) - header,
        .protocol = ip[9],
        .to_gateway = to == NET_GATEWAY || to == INADDR_BROADCAST,
    };
}

static bool is_own_v6(const uint8_t *address) {
    static const struct in6_addr local = {.s6_addr = {0xfe, 0x80, [15] = 2}};
    return memcmp(address, &stack_gateway6, sizeof stack_gateway6) == 0 || memcmp(address, &local, sizeof local) == 0;
}

/* Extension headers are not supported by libslirp. */
static bool read_v6(const uint8_t *frame, size_t length, struct payload *payload) {
    const uint8_t *ip = frame + ETHER_HDR_LEN;
    if (length < ETHER_HDR_LEN + IP6_HEADER || ip[0] >> 4 != 6) return false;
    *payload = (struct payload){
        .at = ETHER_HDR_LEN + IP6_HEADER,
        .length = read_be16(ip + 4),
        .protocol = ip[6],
        .to_gateway = ip[IP6_TO] == 0xff || is_own_v6(ip + IP6_TO),
    };
    return payload->length <= length - payload->at;
}

/* RFC 1624: the checksum after one 16-bit word has changed. */
static uint16_t adjusted(uint16_t checksum, uint16_t before, uint16_t after) {
    uint32_t sum = (uint16_t)~checksum + (uint32_t)(uint16_t)~before + after;
    sum = (sum >> 16) + (sum & 0xffff);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

static void replace(uint8_t *tcp, size_t at, uint16_t value) {
    write_be16(tcp + TCP_CHECKSUM, adjusted(read_be16(tcp + TCP_CHECKSUM), read_be16(tcp + at), value));
    write_be16(tcp + at, value);
}

/* Compares a SYN with an acknowledgement to earlier ones, by ports, sequence and acknowledgement number. */
static bool is_resent(const uint8_t *tcp) {
    static uint8_t seen[SEEN][SEEN_BYTES];
    if ((tcp[TCP_FLAGS] & ACCEPTS) != ACCEPTS) return false;
    uint8_t *slot = seen[(read_be32(tcp) ^ read_be32(tcp + 4) ^ read_be32(tcp + 8)) % SEEN];
    bool same = memcmp(slot, tcp, SEEN_BYTES) == 0;
    memcpy(slot, tcp, SEEN_BYTES);
    return same;
}

/*
 * libslirp empties a connection's buffers whenever a SYN has a segment size. This would lose what a client has sent if the
 * guest repeats its SYN, as it does while its queue is full. An end of the list of options hides the size.
 */
static const uint8_t *without(bool urgency, bool options, const uint8_t *frame, size_t length, size_t at) {
    static uint8_t copy[LARGEST_DATAGRAM];
    if (length > sizeof copy) return NULL;
    memcpy(copy, frame, length);
    if (urgency) {
        replace(copy + at, TCP_OFFSET, read_be16(copy + at + TCP_OFFSET) & (uint16_t)~URGENT);
        replace(copy + at, TCP_URGENT, 0);
    }
    if (options) replace(copy + at, TCP_HEADER, 0);
    return copy;
}

static const uint8_t *take_tcp(const uint8_t *frame, size_t length, const struct payload *payload) {
    if (payload->length < TCP_HEADER) return NULL;
    const uint8_t *tcp = frame + payload->at;
    size_t header = (tcp[TCP_OFFSET] >> 4) * 4U;
    if (header < TCP_HEADER || header > payload->length) return NULL;
    bool urgent = (tcp[TCP_FLAGS] & URGENT) != 0;
    bool resent = header > TCP_HEADER && is_resent(tcp);
    return urgent || resent ? without(urgent, resent, frame, length, payload->at) : frame;
}

static bool admits_udp(const uint8_t *udp, const struct payload *payload) {
    if (payload->length < UDP_HEADER) return false;
    uint16_t port = read_be16(udp + 2);
    return !payload->to_gateway || (port != BOOTP && port != TFTP && port != DHCP6);
}

/* libslirp logs an error for each ping to another host. */
static bool admits_icmp6(const uint8_t *icmp, const uint8_t *to, const struct payload *payload) {
    if (payload->length < ICMP_HEADER) return false;
    switch (icmp[0]) {
    case ICMP6_ECHO_REQUEST:
        return is_own_v6(to);
    case ND_ROUTER_SOLICIT:
        return true;
    case ND_NEIGHBOR_SOLICIT:
    case ND_NEIGHBOR_ADVERT:
        return payload->length >= SOLICITATION;
    default:
        return false;
    }
}

/* CONTROL: whether it is an ICMP message, of its version of IP, that libslirp is needed for. */
static const uint8_t *take(const uint8_t *frame, size_t length, const struct payload *payload, bool control) {
    switch (payload->protocol) {
    case IPPROTO_TCP:
        return take_tcp(frame, length, payload);
    case IPPROTO_UDP:
        return admits_udp(frame + payload->at, payload) ? frame : NULL;
    default:
        return control ? frame : NULL;
    }
}

static const uint8_t *take_v4(const uint8_t *frame, size_t length) {
    const struct payload payload = read_v4(frame);
    bool ping = payload.protocol == IPPROTO_ICMP && payload.length >= ICMP_HEADER && frame[payload.at] == ICMP_ECHO;
    return take(frame, length, &payload, ping);
}

static const uint8_t *take_v6(const uint8_t *frame, size_t length) {
    struct payload payload;
    if (!read_v6(frame, length, &payload)) return NULL;
    const uint8_t *to = frame + ETHER_HDR_LEN + IP6_TO;
    bool control = payload.protocol == IPPROTO_ICMPV6 && admits_icmp6(frame + payload.at, to, &payload);
    return take(frame, length, &payload, control);
}

const uint8_t *screen_take(const uint8_t *frame, size_t length) {
    switch (read_be16(frame + 2 * ETHER_ADDR_LEN)) {
    case ETHERTYPE_ARP:
        return frame;
    case ETHERTYPE_IP:
        return take_v4(frame, length);
    case ETHERTYPE_IPV6:
        return take_v6(frame, length);
    default:
        return NULL;
    }
}
