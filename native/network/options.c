#define _GNU_SOURCE
#include "options.h"

#include "../common/die.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static unsigned long number(const char *text) {
    char *end = NULL;
    errno = 0;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (end == NULL || *end != '\0' || errno != 0 || value > UINT32_MAX) die("%s is not a number", text);
    return value;
}

struct settings parse_settings(char **words) {
    struct settings settings = {0};
    size_t room = 1;
    while (words[room - 1] != NULL) room++;
    settings.policy.ports = calloc(room, sizeof *settings.policy.ports);
    if (settings.policy.ports == NULL) die_errno("no memory");
    while (*words != NULL) {
        const char *option = *words++;
        if (strcmp(option, "--ipv6") == 0) {
            settings.stack.ipv6 = true;
        } else if (strcmp(option, "--allow-host") == 0) {
            settings.policy.allow_host = true;
        } else if (*words == NULL) {
            die("%s needs a value", option);
        } else if (strcmp(option, "--libslirp") == 0) {
            settings.libslirp = *words++;
        } else if (strcmp(option, "--mtu") == 0) {
            settings.stack.mtu = number(*words++);
        } else if (strcmp(option, "--user") == 0) {
            settings.user = (uid_t)number(*words++);
        } else if (strcmp(option, "--resolver") == 0) {
            if (!net_resolver_parse(&settings.policy, *words)) die("%s is not a resolver", *words);
            words++;
        } else if (strcmp(option, "--publish") == 0) {
            for (size_t i = 0; i < 4; i++)
                if (words[i] == NULL) die("--publish needs four values");
            struct net_port *port = &settings.policy.ports[settings.policy.count++];
            if (!net_port_parse(port, (const char *const *)words)) die("--publish: not a port");
            words += 4;
        } else {
            die("unknown option %s", option);
        }
    }
    if (settings.libslirp == NULL || settings.stack.mtu == 0) die("--libslirp and --mtu are needed");
    return settings;
}
