#ifndef BOX_JOIN_H
#define BOX_JOIN_H

#include "../switch/hello.h"

#include <stdbool.h>
#include <stddef.h>

/* The named networks of a box, from a command line. */
struct networks {
    const char *path; /* of the switch's socket; NULL: none */
    const char *name; /* the last component of the path */
    struct hello hello;
    const char *labels[MAX_NETWORKS]; /* what messages call them */
    /* what the hello's strings refer to */
    char names[MAX_NETWORKS][NAMES_BYTES];
    char links[MAX_NETWORKS][NAMES_BYTES];
};

/*
 * Takes an option of networks with its value, `--switch SOCKET`, `--member ID`, `--network KEY`, `--leave KEY` or `--rename KEY`, or one
 * of the last network: `--label NAME`, `--subnet CIDR`, `--gateway IP`, `--address IP`, `--network-name NAME` or `--network-link
 * ALIAS=NAME`. Returns false if it is another option. Exits if it is invalid.
 */
bool take_network_option(struct networks *networks, const char *option, const char *value);

/* Exits if options are missing. Sets HELLO's kind. */
void check_networks(struct networks *networks, enum hello_kind kind);

/* A box's connection to the switch. */
struct place_on_switch {
    int stream; /* -1: none */
    char mac[24];
    /* MAC and, for each network, address with prefix length and gateway, separated by spaces */
    char text[24 + MAX_NETWORKS * 40];
};

/* Connects the box to the switch and starts one if none is running. Exits on failure. */
struct place_on_switch join_networks(struct networks *networks);

/* Changes the networks of a running box. Returns its MAC and addresses on new networks. Exits on failure. */
struct place_on_switch change_networks(struct networks *networks);

/* Opens the directory of a socket, which must belong to this user alone, and returns the socket's name in NAME. */
int open_folder_of(const char *path, const char **name);

#endif
