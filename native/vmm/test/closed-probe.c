/*
 * For test/unit/net/closed.test.ts. Without arguments, prints the networks that are closed to guests, and then the prefixes
 * of notations that embed an IPv4 address, one per line. With addresses, prints for each whether it is closed.
 */
#define _GNU_SOURCE
#include "../closed.c"
#include "expect.h"

static void print_v4(const struct v4_network *networks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[INET_ADDRSTRLEN];
        struct in_addr network = {htonl(networks[i].address)};
        printf("%s/%u\n", inet_ntop(AF_INET, &network, text, sizeof text), networks[i].bits);
    }
}

static void print_v6(const struct v6_network *network, const char *what) {
    char text[INET6_ADDRSTRLEN];
    printf("%s%s/%u\n", what, inet_ntop(AF_INET6, network->address, text, sizeof text), network->bits);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct sockaddr_storage at;
        socklen_t length = address(&at, argv[i], 53);
        puts(closed_has((const struct sockaddr *)&at, length) ? "closed" : "open");
    }
    if (argc > 1) return failures;
    print_v4(v4_host, sizeof v4_host / sizeof *v4_host);
    print_v4(v4_others, sizeof v4_others / sizeof *v4_others);
    for (size_t i = 0; i < sizeof v6_others / sizeof *v6_others; i++) print_v6(&v6_others[i], "");
    for (size_t i = 0; i < EMBEDDED; i++) print_v6(&embedded[i].prefix, "holds IPv4: ");
    return 0;
}
