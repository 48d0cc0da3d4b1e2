/* A network: its addresses and the boxes on it. It exists while a box is on it. Independent of sockets. */
#ifndef SWITCH_SEGMENT_H
#define SWITCH_SEGMENT_H

#include "hello.h"
#include "stream.h"
#include "subnet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PLACES = 253 };

struct member;
struct segment;

/* A member's place on a network. Names are in lower case; each list of strings is followed by an empty string. */
struct place {
    struct segment *segment;
    struct member *member;
    uint32_t address;
    char names[NAMES_BYTES + 1];
    char links[NAMES_BYTES + 1];
    char network[NAME_BYTES + 1]; /* the network's name */
};

struct segment {
    struct segment *next;
    char key[ID_BYTES + 1];
    struct subnet subnet;
    uint32_t last; /* most recently assigned address, so that a freed one is not reused immediately */
    size_t count;
    struct place *places[MAX_PLACES];
    struct place *held; /* the place of a member that may be replaced, see segment_hold(); NULL: none */
};

/* A box, connected through `stream`. */
struct member {
    int stream;
    bool joined; /* its hello has been accepted */
    bool gone;   /* the stream can be closed */
    char id[ID_BYTES + 1];
    uint8_t mac[MAC_BYTES];
    size_t place_count;
    struct place *places[MAX_NETWORKS];
    struct inlet inlet;
    struct outlet outlet;
};

/* Adds a member to the network, with the requested address or a free one. */
enum answer segment_enter(struct segment *segment, struct member *member, const struct hello_network *wanted);

/* Takes the member off the network, and frees the place. */
void segment_leave(struct place *place);

/* Takes the member off the network until segment_return(). In the meantime, others can get its address. */
void segment_hold(struct place *place);
void segment_return(struct place *place);

/* Gives the member other names. */
void segment_name(struct place *place, struct strings names);

/* The MAC of the network's own address, which no member has. */
void segment_mac(const struct segment *segment, uint8_t mac[MAC_BYTES]);

#endif
