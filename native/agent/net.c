#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sysctl.h"

// One request: header, a family's fixed part, attributes.
struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtmsg route;
    } body;
    char attributes[64];
};

static void add_attribute(struct request *request, unsigned short type, const void *data, unsigned short length) {
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), data, length);
    request->header.nlmsg_len = (unsigned)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

// Sends the request and waits for the kernel's answer. Returns 0, or the error as a negative number.
static int ask(struct request *request) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return -errno;
    request->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char original[256];
    } answer;
    int result = 0;
    if (send(fd, request, request->header.nlmsg_len, 0) < 0) {
        result = -errno;
    } else {
        ssize_t got = recv(fd, &answer, sizeof answer, 0);
        if (got < 0) {
            result = -errno;
        } else if ((size_t)got < sizeof answer.header + sizeof answer.error ||
                   answer.header.nlmsg_type != NLMSG_ERROR) {
            result = -EPROTO;
        } else {
            result = answer.error.error;
        }
    }
    (void)close(fd);
    return result;
}

static int set_up(int index) {
    struct request request = {0};
    request.header.nlmsg_type = RTM_NEWLINK;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.link);
    request.body.link = (struct ifinfomsg){.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    return ask(&request);
}

static int add_address(int index, struct in_addr address, unsigned char prefix) {
    struct request request = {0};
    request.header.nlmsg_type = RTM_NEWADDR;
    request.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.address);
    request.body.address =
        (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_index = (unsigned)index};
    add_attribute(&request, IFA_LOCAL, &address, sizeof address);
    add_attribute(&request, IFA_ADDRESS, &address, sizeof address);
    return ask(&request);
}

static int add_default_route(int index, struct in_addr gateway) {
    struct request request = {0};
    request.header.nlmsg_type = RTM_NEWROUTE;
    request.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.route);
    request.body.route = (struct rtmsg){.rtm_family = AF_INET,
                                        .rtm_table = RT_TABLE_MAIN,
                                        .rtm_protocol = RTPROT_BOOT,
                                        .rtm_scope = RT_SCOPE_UNIVERSE,
                                        .rtm_type = RTN_UNICAST};
    add_attribute(&request, RTA_GATEWAY, &gateway, sizeof gateway);
    add_attribute(&request, RTA_OIF, &index, sizeof index);
    return ask(&request);
}

int net_prepare(struct failure *failure) {
    int result = set_up(1);
    if (result < 0) return fail(failure, "failed", "cannot set the loopback interface up: %s", strerror(-result));
    // As Docker does: inside of a box any user may listen on any port, and ping.
    if (set_sysctl("net/ipv4/ip_unprivileged_port_start", "0", failure) < 0) return -1;
    return set_sysctl("net/ipv4/ping_group_range", "0 2147483647", failure);
}

int net_configure(const char *interface, const char *address, const char *gateway, struct failure *failure) {
    char host[INET_ADDRSTRLEN];
    struct in_addr ip;
    struct in_addr router;
    const char *slash = strchr(address, '/');
    size_t length = slash ? (size_t)(slash - address) : 0;
    char *end = NULL;
    unsigned long prefix = slash ? strtoul(slash + 1, &end, 10) : 0;
    if (!slash || length >= sizeof host || end == slash + 1 || *end != '\0' || prefix > 32) {
        return fail(failure, "failed", "network: \"%s\" is not an address with its prefix", address);
    }
    memcpy(host, address, length);
    host[length] = '\0';
    if (inet_pton(AF_INET, host, &ip) != 1 || inet_pton(AF_INET, gateway, &router) != 1) {
        return fail(failure, "failed", "network: \"%s\" or \"%s\" is not an IPv4 address", host, gateway);
    }
    int index = (int)if_nametoindex(interface);
    if (index == 0) return fail(failure, "failed", "network: there is no interface \"%s\"", interface);
    int result = add_address(index, ip, (unsigned char)prefix);
    if (result == 0) result = set_up(index);
    if (result == 0) result = add_default_route(index, router);
    if (result < 0) return fail(failure, "failed", "network: cannot configure %s: %s", interface, strerror(-result));
    return 0;
}
