#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "sysctl.h"

// A request: header, fixed part of the message type, attributes.
struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtmsg route;
    } body;
    char attributes[64];
};

// The interface that leads to the host (0: there is none), and its new hardware address, if it gets one.
static const char HOST_INTERFACE[] = "eth0";
static int host_index;
static uint8_t hardware_address[ETH_ALEN];
static bool is_renewed;

static void add_attribute(struct request *request, unsigned short type, const void *data, unsigned short length) {
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), data, length);
    request->header.nlmsg_len = (unsigned)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

// Sends the request and waits for the kernel's reply. Returns false with errno set if it failed.
static bool ask(struct request *request) {
    cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return false;
    request->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char original[256];
    } answer;
    if (send(fd, request, request->header.nlmsg_len, 0) < 0) return false;
    ssize_t got = recv(fd, &answer, sizeof answer, 0);
    if (got < 0) return false;
    bool whole = (size_t)got >= sizeof answer.header + sizeof answer.error;
    errno = whole && answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
    return errno == 0;
}

// FLAGS is IFF_UP or 0. LINK_ADDRESS may be NULL.
static bool set_link(int index, unsigned flags, const uint8_t *link_address) {
    struct request request = {0};
    request.header.nlmsg_type = RTM_NEWLINK;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.link);
    request.body.link = (struct ifinfomsg){.ifi_index = index, .ifi_flags = flags, .ifi_change = IFF_UP};
    if (link_address) add_attribute(&request, IFLA_ADDRESS, link_address, ETH_ALEN);
    return ask(&request);
}

// An IPv4 or IPv6 address.
struct address {
    unsigned char family;
    unsigned short length;
    union {
        struct in_addr v4;
        struct in6_addr v6;
    } bytes;
};

static bool parse_address(const char *text, struct address *address) {
    if (inet_pton(AF_INET, text, &address->bytes) == 1) {
        address->family = AF_INET;
        address->length = sizeof address->bytes.v4;
        return true;
    }
    address->family = AF_INET6;
    address->length = sizeof address->bytes.v6;
    return inet_pton(AF_INET6, text, &address->bytes) == 1;
}

// TYPE is RTM_NEWADDR or RTM_DELADDR.
static bool change_address(unsigned short type, int index, const struct address *address, unsigned char prefix) {
    struct request request = {0};
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.address);
    // No one else can have the address, and without duplicate address detection it is usable immediately.
    request.body.address = (struct ifaddrmsg){.ifa_family = address->family,
                                              .ifa_prefixlen = prefix,
                                              .ifa_flags = address->family == AF_INET6 ? IFA_F_NODAD : 0,
                                              .ifa_index = (unsigned)index};
    add_attribute(&request, IFA_LOCAL, &address->bytes, address->length);
    add_attribute(&request, IFA_ADDRESS, &address->bytes, address->length);
    return ask(&request);
}

static bool add_default_route(int index, const struct address *gateway) {
    struct request request = {0};
    request.header.nlmsg_type = RTM_NEWROUTE;
    request.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.route);
    request.body.route = (struct rtmsg){.rtm_family = gateway->family,
                                        .rtm_table = RT_TABLE_MAIN,
                                        .rtm_protocol = RTPROT_BOOT,
                                        .rtm_scope = RT_SCOPE_UNIVERSE,
                                        .rtm_type = RTN_UNICAST};
    add_attribute(&request, RTA_GATEWAY, &gateway->bytes, gateway->length);
    add_attribute(&request, RTA_OIF, &index, sizeof index);
    return ask(&request);
}

bool net_renew(struct failure *failure) {
    is_renewed = getrandom(hardware_address, sizeof hardware_address, 0) == sizeof hardware_address;
    // Locally administered, and not a group's.
    hardware_address[0] = (uint8_t)((hardware_address[0] & ~1) | 2);
    return is_renewed || fail(failure, "failed", "cannot draw a hardware address: %s", strerror(errno));
}

bool net_prepare(struct failure *failure) {
    if (!set_link(1, IFF_UP, NULL))
        return fail(failure, "failed", "cannot bring up the loopback interface: %s", strerror(errno));
    // Its address comes later, but copies of a template need not do this again.
    host_index = (int)if_nametoindex(HOST_INTERFACE);
    if (host_index > 0 && !set_link(host_index, IFF_UP, NULL)) {
        return fail(failure, "failed", "cannot bring up %s: %s", HOST_INTERFACE, strerror(errno));
    }
    // As in Docker, any user in a box may listen on any port, and ping.
    if (!set_sysctl("net/ipv4/ip_unprivileged_port_start", "0", failure)) return false;
    return set_sysctl("net/ipv4/ping_group_range", "0 2147483647", failure);
}

// Parses an address with a prefix length.
static bool parse_prefixed(const char *text, struct address *address, unsigned char *prefix, struct failure *failure) {
    char host[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : sizeof host;
    char *end = NULL;
    unsigned long number = slash ? strtoul(slash + 1, &end, 10) : 0;
    bool valid = length < sizeof host && end != slash + 1 && *end == '\0';
    if (valid) {
        memcpy(host, text, length);
        host[length] = '\0';
        valid = parse_address(host, address) && number <= address->length * 8U;
    }
    *prefix = (unsigned char)number;
    return valid || fail(failure, "failed", "network: \"%s\" is not an address with a prefix length", text);
}

static int find_interface(const char *name, struct failure *failure) {
    int index = strcmp(name, HOST_INTERFACE) == 0 ? host_index : (int)if_nametoindex(name);
    if (index == 0) (void)fail(failure, "failed", "network: no such interface: \"%s\"", name);
    return index;
}

bool net_configure(const struct network *network, struct failure *failure) {
    struct address ip = {0};
    struct address router = {0};
    unsigned char prefix = 0;
    bool has_gateway = network->gateway[0] != '\0';
    if (!parse_prefixed(network->address, &ip, &prefix, failure)) return false;
    if (has_gateway && (!parse_address(network->gateway, &router) || ip.family != router.family)) {
        return fail(failure, "failed", "network: \"%s\" and \"%s\" are not addresses of the same family",
                    network->address, network->gateway);
    }
    int index = find_interface(network->interface, failure);
    if (index == 0) return false;
    bool renewed = is_renewed && index == host_index;
    bool done = set_link(index, IFF_UP, renewed ? hardware_address : NULL) &&
                change_address(RTM_NEWADDR, index, &ip, prefix) && (!has_gateway || add_default_route(index, &router));
    return done || fail(failure, "failed", "network: cannot configure %s: %s", network->interface, strerror(errno));
}

void net_clear(void) {
    struct ifreq request = {.ifr_addr.sa_family = AF_INET};
    memcpy(request.ifr_name, HOST_INTERFACE, sizeof HOST_INTERFACE);
    cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // The address 0.0.0.0 removes the one that is there. syscall(2), because C libraries differ in the type of ioctl()'s
    // request.
    if (fd >= 0) (void)syscall(SYS_ioctl, fd, SIOCSIFADDR, &request);
    // Without the interface, its routes and IPv6 addresses are gone, too.
    if (host_index > 0 && set_link(host_index, 0, NULL)) (void)set_link(host_index, IFF_UP, NULL);
}

bool net_remove(const char *interface, const char *text, struct failure *failure) {
    struct address ip = {0};
    unsigned char prefix = 0;
    if (!parse_prefixed(text, &ip, &prefix, failure)) return false;
    int index = find_interface(interface, failure);
    if (index == 0) return false;
    // The box may have removed it itself.
    if (change_address(RTM_DELADDR, index, &ip, prefix) || errno == EADDRNOTAVAIL) return true;
    return fail(failure, "failed", "network: cannot remove %s from %s: %s", text, interface, strerror(errno));
}
