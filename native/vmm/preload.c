/*
 * libboxnet.so: the network policy for QEMU's user-mode network. QEMU is started with it preloaded and the policy in an
 * environment variable; without a policy, or with one that cannot be read, QEMU does not start.
 */
#define _GNU_SOURCE
#include "net_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_HELPER = 125 };

static struct net_policy policy;

static bool parse(const char *text) {
    char *words = strdup(text);
    if (words == NULL) return false;
    size_t room = 1;
    for (const char *at = text; *at != '\0'; at++) room += *at == ' ';
    policy.ports = calloc(room, sizeof *policy.ports);
    char *rest = NULL;
    const char *allow = strtok_r(words, " ", &rest);
    bool valid = policy.ports != NULL && allow != NULL && (strcmp(allow, "0") == 0 || strcmp(allow, "1") == 0);
    policy.allow_host = valid && allow[0] == '1';
    while (valid) {
        const char *address = strtok_r(NULL, " ", &rest);
        if (address == NULL) break;
        const char *host = strtok_r(NULL, " ", &rest);
        const char *guest = host == NULL ? NULL : strtok_r(NULL, " ", &rest);
        valid = guest != NULL && net_port_parse(&policy.ports[policy.count], address, host, guest);
        policy.count++;
    }
    free(words);
    return valid;
}

__attribute__((constructor)) static void load_policy(void) {
    const char *text = getenv(NET_POLICY_VARIABLE);
    if (text == NULL || !parse(text)) {
        fprintf(stderr, "box-vmm: libboxnet.so: %s is not a network policy\n", NET_POLICY_VARIABLE);
        _exit(EXIT_HELPER);
    }
    net_policy_enforce(&policy);
}

/* slirp forwards IPv4 only: every address of the host is 0.0.0.0. */
static bool is_published(const struct sockaddr *address, socklen_t length) {
    uint16_t port = 0;
    if (!net_port_of(address, length, &port)) return false;
    for (size_t i = 0; i < policy.count; i++) {
        const struct net_port *published = &policy.ports[i];
        if (published->host != port) continue;
        if (address->sa_family == AF_INET6) {
            struct sockaddr_in6 v6;
            memcpy(&v6, address, sizeof v6);
            if (published->family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&v6.sin6_addr, &published->v6)) return true;
        } else {
            struct sockaddr_in v4;
            memcpy(&v4, address, sizeof v4);
            if (published->family == AF_UNSPEC && v4.sin_addr.s_addr == htonl(INADDR_ANY)) return true;
            if (published->family == AF_INET && v4.sin_addr.s_addr == published->v4.s_addr) return true;
        }
    }
    return false;
}

/* Under QEMU the guest's loopback is in the guest. */
socklen_t net_own_listener(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *own) {
    (void)socket, (void)peer, (void)length, (void)own;
    return 0;
}

__attribute__((visibility("default"))) int bind(int socket, const struct sockaddr *address, socklen_t length) {
    if (address != NULL && address->sa_family != AF_UNIX) {
        uint16_t port = 0;
        int type = 0;
        socklen_t size = sizeof type;
        if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return -1;
        bool client = type == SOCK_DGRAM && net_port_of(address, length, &port) && port == 0;
        if (!client && !(type == SOCK_STREAM && is_published(address, length))) {
            errno = EPERM;
            return -1;
        }
    }
    return (int)syscall(SYS_bind, socket, address, length);
}
