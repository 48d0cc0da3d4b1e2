#ifndef BOX_JOIN_H
#define BOX_JOIN_H

#include <stddef.h>

/* A named network, from the command line of `launch`. */
struct network {
    const char *path;   /* of the switch's socket; NULL: no network */
    const char *name;   /* the last component of the path, set by join_network() */
    const char *subnet; /* three numbers, `10.89.7`; used if no switch is running yet */
    char **names;       /* of the box on the network */
    size_t name_count;
};

/* A box's connection to a network. */
struct place {
    int stream;
    char address[24]; /* with prefix length */
    char mac[24];
};

/* Connects the box to the network's switch and starts one if none is running. Exits on failure. */
struct place join_network(struct network *network);

/* Opens the directory of a socket, which must belong to this user alone, and returns the socket's name in NAME. */
int open_folder_of(const char *path, const char **name);

#endif
