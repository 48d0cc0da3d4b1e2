#define _GNU_SOURCE
#include "join.h"

#include "../common/bytes.h"
#include "die.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static uint32_t parse_address(const char *text, const char *option) {
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1) die("%s: %s is not an IPv4 address", option, text);
    return ntohl(address.s_addr);
}

static void parse_subnet(const char *text, struct subnet *subnet) {
    char address[INET_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash == NULL ? sizeof address : (size_t)(slash - text);
    char *end = NULL;
    unsigned long prefix = slash == NULL ? 0 : strtoul(slash + 1, &end, 10);
    if (length >= sizeof address || slash[1] < '0' || slash[1] > '9' || *end != '\0' || prefix < MIN_PREFIX ||
        prefix > MAX_PREFIX) {
        die("--subnet: %s is not an IPv4 subnet with a prefix from %d to %d", text, MIN_PREFIX, MAX_PREFIX);
    }
    memcpy(address, text, length);
    address[length] = '\0';
    subnet->address = parse_address(address, "--subnet");
    subnet->prefix = (uint8_t)prefix;
}

/* Adds a string to a list of at most NAMES_BYTES bytes. */
static void add_string(struct strings *list, char *bytes, const char *text, size_t length) {
    if (length < 1 || length > NAME_BYTES) die("the name of a box on a network must have 1 to %d bytes", NAME_BYTES);
    if (length + 1 > NAMES_BYTES - list->length) die("the box's names are too long for a network");
    memcpy(bytes + list->length, text, length);
    list->length += length;
    bytes[list->length++] = '\0';
    list->bytes = bytes;
}

static void add_link(struct strings *links, char *bytes, const char *value) {
    const char *sign = strchr(value, '=');
    if (sign == NULL) die("--network-link: %s is not ALIAS=NAME", value);
    add_string(links, bytes, value, (size_t)(sign - value));
    add_string(links, bytes, sign + 1, strlen(sign + 1));
}

static void add_network(struct networks *networks, enum hello_action action, const char *key) {
    struct hello *hello = &networks->hello;
    if (hello->count == MAX_NETWORKS) die("a box can be on at most %d networks", MAX_NETWORKS);
    networks->labels[hello->count] = key;
    hello->networks[hello->count++] = (struct hello_network){.action = action, .key = key};
}

static bool take_option_of_last(struct networks *networks, const char *option, const char *value) {
    size_t last = networks->hello.count - 1;
    struct hello_network *network = &networks->hello.networks[last];
    if (strcmp(option, "--label") == 0) {
        networks->labels[last] = value;
    } else if (strcmp(option, "--subnet") == 0) {
        parse_subnet(value, &network->subnet);
    } else if (strcmp(option, "--gateway") == 0) {
        network->subnet.gateway = parse_address(value, option);
    } else if (strcmp(option, "--address") == 0) {
        network->address = parse_address(value, option);
    } else if (strcmp(option, "--network-name") == 0) {
        add_string(&network->names, networks->names[last], value, strlen(value));
    } else if (strcmp(option, "--network-link") == 0) {
        add_link(&network->links, networks->links[last], value);
    } else {
        return false;
    }
    return true;
}

bool take_network_option(struct networks *networks, const char *option, const char *value) {
    if (strcmp(option, "--switch") == 0) {
        networks->path = value;
    } else if (strcmp(option, "--member") == 0) {
        networks->hello.id = value;
    } else if (strcmp(option, "--network") == 0) {
        add_network(networks, ACTION_ENTER, value);
    } else if (strcmp(option, "--leave") == 0) {
        add_network(networks, ACTION_LEAVE, value);
    } else if (strcmp(option, "--rename") == 0) {
        add_network(networks, ACTION_NAME, value);
    } else {
        return networks->hello.count > 0 && take_option_of_last(networks, option, value);
    }
    return true;
}

void check_networks(struct networks *networks, enum hello_kind kind) {
    struct hello *hello = &networks->hello;
    uint8_t bytes[HELLO_BYTES];
    struct hello checked;
    hello->kind = kind;
    if (networks->path == NULL || hello->id == NULL || hello->count == 0) {
        die("networks need --switch, --member and --network");
    }
    for (size_t i = 0; i < hello->count; i++) {
        struct hello_network *network = &hello->networks[i];
        network->label = networks->labels[i];
        if (network->action == ACTION_ENTER && network->names.length == 0) {
            die("network %s: --subnet, --gateway and --network-name are needed", networks->labels[i]);
        }
        if (network->action == ACTION_NAME && network->names.length == 0) {
            die("network %s: --network-name is needed", networks->labels[i]);
        }
        if (network->action == ACTION_ENTER && !subnet_is_valid(&network->subnet)) {
            die("network %s: the subnet is invalid, or the gateway is not in it", networks->labels[i]);
        }
    }
    size_t length = hello_write(hello, bytes);
    if (length == 0 || !hello_parse(bytes, length, &checked)) die("the box's networks are invalid");
}
