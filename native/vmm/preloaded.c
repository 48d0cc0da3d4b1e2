#define _GNU_SOURCE
#include "preloaded.h"

#include "../common/cleanup.h"
#include "descriptors.h"
#include "die.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* Sets the environment variable that libboxnet.so reads. */
static void export_policy(const struct net_policy *policy) {
    char address[INET6_ADDRSTRLEN];
    size_t size = 4 + sizeof address + policy->count * (INET6_ADDRSTRLEN + 18);
    cleanup_free char *text = malloc(size);
    if (text == NULL) die_errno("no memory");
    inet_ntop(AF_INET, &policy->resolver, address, sizeof address);
    size_t used = (size_t)snprintf(text, size, "%d %s", policy->allow_host, address);
    for (size_t i = 0; i < policy->count; i++) {
        const struct net_port *port = &policy->ports[i];
        snprintf(address, sizeof address, "*");
        if (port->family == AF_INET) inet_ntop(AF_INET, &port->v4, address, sizeof address);
        if (port->family == AF_INET6) inet_ntop(AF_INET6, &port->v6, address, sizeof address);
        used += (size_t)snprintf(text + used, size - used, " %s %s %u %u", port->datagram ? "udp" : "tcp", address,
                                 port->host, port->guest);
    }
    if (setenv(NET_POLICY_VARIABLE, text, 1) != 0) die_errno("cannot set %s", NET_POLICY_VARIABLE);
}

/* By descriptor, because LD_PRELOAD is separated by blanks and colons, and the loader has no quoting. */
void preload(const char *library) {
    char name[32];
    /* The loader would only warn about a library that it cannot preload, and run the program without it. */
    if (dlopen(library, RTLD_NOW | RTLD_LOCAL) == NULL) die("cannot load %s: %s", library, dlerror());
    int fd = open(library, O_RDONLY | O_CLOEXEC);
    if (fd < 0) die_errno("cannot open %s", library);
    snprintf(name, sizeof name, "/proc/self/fd/%d", move_above(fd, true));
    if (setenv("LD_PRELOAD", name, 1) != 0) die_errno("cannot set LD_PRELOAD");
}

void preload_policy(const struct net_policy *policy, const char *library) {
    export_policy(policy);
    preload(library);
}
