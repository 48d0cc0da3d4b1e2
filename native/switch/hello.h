/*
 * The first frame on a stream to the switch. It either makes the stream that of a new member, or changes the networks of a
 * member, after which the stream is closed. Numbers are big-endian; strings end with NUL.
 */
#ifndef SWITCH_HELLO_H
#define SWITCH_HELLO_H

#include "subnet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * MAX_NETWORKS limits the networks of a member, NAME_BYTES a name, NAMES_BYTES all names of a member on one network, or all
 * links, with their terminators. A hello with the maximum of everything has less than HELLO_BYTES.
 */
enum { MAX_NETWORKS = 16, ID_BYTES = 64, NAME_BYTES = 255, NAMES_BYTES = 1400, HELLO_BYTES = 51200 };

enum hello_kind { HELLO_JOIN = 1, HELLO_CHANGE = 2 };
enum hello_action { ACTION_ENTER = 1, ACTION_LEAVE = 2, ACTION_NAME = 3 };

/* A list of strings, each terminated by NUL. */
struct strings {
    const char *bytes;
    size_t length;
};

/*
 * A network that a member enters or leaves, or on which it gets other names. To leave it, only the key is needed; to name the
 * member, only the key and the names.
 */
struct hello_network {
    enum hello_action action;
    const char *key;
    struct subnet subnet; /* used if no box is on the network yet */
    uint32_t address;     /* requested; 0: any */
    struct strings names; /* of the member */
    struct strings links; /* names that only the member can look up, each followed by the name that it stands for */
    const char *label;    /* the network's name, at most NAME_BYTES */
};

/* Strings point into the message. */
struct hello {
    enum hello_kind kind;
    const char *id; /* of the member */
    size_t count;
    struct hello_network networks[MAX_NETWORKS];
};

/*
 * The reply is a status and, after ANSWER_OK, the member's MAC, and the address, prefix and gateway on each network entered.
 * Otherwise, a byte with the position of the network at fault follows.
 */
enum answer {
    ANSWER_OK,
    ANSWER_INVALID,
    ANSWER_FULL,       /* the network has no address left */
    ANSWER_TAKEN,      /* the requested address is another member's, or the network's own */
    ANSWER_OUTSIDE,    /* the requested address is not in the subnet */
    ANSWER_OVERLAP,    /* with another network of the member */
    ANSWER_CROWDED,    /* the switch accepts no more members or networks */
    ANSWER_UNKNOWN,    /* no such member, or it is not on the network */
    ANSWER_ALREADY_ON, /* the member is already on the network */
};
enum { ANSWER_NETWORK_BYTES = ADDRESS_BYTES + 1 + ADDRESS_BYTES };
enum { ANSWER_BYTES = 1 + MAC_BYTES + MAX_NETWORKS * ANSWER_NETWORK_BYTES };

/* Returns false if the message is invalid. */
bool hello_parse(const uint8_t *bytes, size_t length, struct hello *hello);

/* Writes the message. Returns its length, or 0 if it would be too long. */
size_t hello_write(const struct hello *hello, uint8_t bytes[HELLO_BYTES]);

#endif
