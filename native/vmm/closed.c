#include "closed.h"

#include "net_policy.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

struct v4_network {
    uint32_t address; /* host byte order */
    unsigned bits;
};

struct v6_network {
    uint8_t address[16];
    unsigned bits;
};

/* The same networks as in src/net/closed.ts; a test compares them. */
static const struct v4_network v4_host[] = {
    {0x00000000, 8}, /* this host (RFC 1122) */
    {0x7f000000, 8}, /* loopback */
};

static const struct v4_network v4_others[] = {
    {0xa9fe0000, 16}, /* 169.254.0.0/16: link-local, the metadata service of most clouds */
    {0x646464c8, 32}, /* 100.100.100.200: metadata, Alibaba Cloud */
    {0xc00000c0, 32}, /* 192.0.0.192: metadata, Oracle Cloud */
    {0xa83f8110, 32}, /* 168.63.129.16: WireServer, Azure */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, and 255.255.255.255 */
};

static const struct v6_network v6_others[] = {
    {{0xfe, 0x80}, 10},                                             /* link-local */
    {{0xff}, 8},                                                    /* multicast */
    {{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54}, 128},             /* metadata, AWS */
    {{0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23}, 128},                   /* credentials of pods, AWS */
    {{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54}, 128},             /* metadata, Google Cloud */
    {{0xfd, 0x00, 0x00, 0xc1, [12] = 0xa9, 0xfe, 0xa9, 0xfe}, 128}, /* metadata, Oracle Cloud */
    {{0xfd, 0x00, 0x01, 0x00, [12] = 0x01, 0x00, 0x02, 0x00}, 128}, /* metadata, Alibaba Cloud */
    {{0xfd, 0x00, 0xa9, 0xfe, 0xa9, 0xfe, [15] = 0x01}, 128},       /* metadata, Akamai */
    {{0xfd, 0x00, 0x00, 0x42, [15] = 0x42}, 128},                   /* metadata, Scaleway */
};

/* Notations of an IPv4 address within an IPv6 one: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056). */
static const struct {
    struct v6_network prefix;
    size_t at;
} embedded[] = {
    {{{[10] = 0xff, 0xff}, 96}, 12},
    {{{0}, 96}, 12},
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},
    {{{0x20, 0x02}, 16}, 2},
};

enum { EMBEDDED = sizeof embedded / sizeof *embedded };

static bool v4_in(struct in_addr address, const struct v4_network *networks, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((ntohl(address.s_addr) ^ networks[i].address) >> (32 - networks[i].bits) == 0) return true;
    return false;
}

static bool v6_in(const struct in6_addr *address, const struct v6_network *network) {
    const size_t whole = network->bits / 8;
    const unsigned rest = network->bits % 8;
    if (memcmp(address->s6_addr, network->address, whole) != 0) return false;
    return rest == 0 || (address->s6_addr[whole] ^ network->address[whole]) >> (8 - rest) == 0;
}

static bool v4_is_host(struct in_addr address) { return v4_in(address, v4_host, sizeof v4_host / sizeof *v4_host); }

static bool v4_is_closed(struct in_addr address) {
    return v4_is_host(address) || v4_in(address, v4_others, sizeof v4_others / sizeof *v4_others);
}

/* Whether one of the IPv4 addresses that an IPv6 address may embed satisfies a condition. */
static bool holds(const struct in6_addr *address, size_t notations, bool (*is)(struct in_addr address)) {
    for (size_t i = 0; i < notations; i++) {
        struct in_addr v4;
        memcpy(&v4, address->s6_addr + embedded[i].at, sizeof v4);
        if (v6_in(address, &embedded[i].prefix) && is(v4)) return true;
    }
    return false;
}

static bool v6_is_host(const struct in6_addr *address) {
    if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address)) return true;
    /* A host treats only mapped and compatible addresses, the first two notations, as IPv4. */
    return holds(address, 2, v4_is_host);
}

static bool v6_is_closed(const struct in6_addr *address) {
    if (v6_is_host(address)) return true;
    for (size_t i = 0; i < sizeof v6_others / sizeof *v6_others; i++)
        if (v6_in(address, &v6_others[i])) return true;
    return holds(address, EMBEDDED, v4_is_closed);
}

bool closed_is_host(const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (net_read_v4(address, length, &v4)) return v4_is_host(v4.sin_addr);
    return net_read_v6(address, length, &v6) && v6_is_host(&v6.sin6_addr);
}

bool closed_has(const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (net_read_v4(address, length, &v4)) return v4_is_closed(v4.sin_addr);
    return net_read_v6(address, length, &v6) && v6_is_closed(&v6.sin6_addr);
}
