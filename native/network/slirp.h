/*
 * The part of libslirp's interface that box uses (libslirp.h, version 4 of its configuration, since libslirp 4.7). The
 * header is not needed to build.
 */
#ifndef NETWORK_SLIRP_H
#define NETWORK_SLIRP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A stack: what libslirp calls Slirp. */
struct slirp;

enum { SLIRP_VERSION = 4 };

enum { SLIRP_IN = 1 << 0, SLIRP_OUT = 1 << 1, SLIRP_ERROR = 1 << 3, SLIRP_HANGUP = 1 << 4 };

struct slirp_callbacks {
    ssize_t (*send_packet)(const void *frame, size_t length, void *opaque);
    void (*guest_error)(const char *message, void *opaque);
    int64_t (*clock_get_ns)(void *opaque);
    void *(*timer_new)(void (*expired)(void *), void *of, void *opaque);
    void (*timer_free)(void *timer, void *opaque);
    void (*timer_mod)(void *timer, int64_t expires_ms, void *opaque);
    void (*register_poll_fd)(int fd, void *opaque);
    void (*unregister_poll_fd)(int fd, void *opaque);
    void (*notify)(void *opaque);
    void (*init_completed)(struct slirp *slirp, void *opaque);
    void *(*timer_new_opaque)(int id, void *of, void *opaque);
};

struct slirp_config {
    uint32_t version;
    int restricted;
    bool in_enabled;
    struct in_addr vnetwork;
    struct in_addr vnetmask;
    struct in_addr vhost;
    bool in6_enabled;
    struct in6_addr vprefix_addr6;
    uint8_t vprefix_len;
    struct in6_addr vhost6;
    const char *vhostname;
    const char *tftp_server_name;
    const char *tftp_path;
    const char *bootfile;
    struct in_addr vdhcp_start;
    struct in_addr vnameserver;
    struct in6_addr vnameserver6;
    const char **vdnssearch;
    const char *vdomainname;
    size_t if_mtu;
    size_t if_mru;
    bool disable_host_loopback;
    bool enable_emu;
    struct sockaddr_in *outbound_addr;
    struct sockaddr_in6 *outbound_addr6;
    bool disable_dns;
    bool disable_dhcp;
};

struct slirp_library {
    struct slirp *(*create)(const struct slirp_config *config, const struct slirp_callbacks *callbacks, void *opaque);
    int (*publish)(struct slirp *slirp, int datagram, struct in_addr host, int host_port, struct in_addr guest,
                   int guest_port);
    /* Asks what to wait for: calls ADD for each descriptor, which returns its index, and shortens TIMEOUT, in ms. */
    void (*fill)(struct slirp *slirp, uint32_t *timeout, int (*add)(int fd, int events, void *opaque), void *opaque);
    void (*poll)(struct slirp *slirp, int failed, int (*events_of)(int index, void *opaque), void *opaque);
    void (*input)(struct slirp *slirp, const uint8_t *frame, int length);
};

/* Loads libslirp. Exits if it cannot be loaded. */
struct slirp_library load_slirp(const char *path);

#endif
