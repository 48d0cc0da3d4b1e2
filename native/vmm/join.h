#ifndef BOX_JOIN_H
#define BOX_JOIN_H

#include <stddef.h>

/* A named network, as `launch` is told of it. */
struct network {
    const char *path;   /* of its switch's socket; NULL: the box is on none */
    const char *name;   /* the last part of the path, from join_network on */
    const char *subnet; /* three numbers: `10.89.7`; counts when there is no switch yet */
    char **names;       /* of the box */
    size_t name_count;
};

/* A box's place on it. */
struct place {
    int stream;
    char address[24]; /* with its prefix */
    char mac[24];
};

/* Connects the box to the network's switch, which is started when there is none. Ends the process on failure. */
struct place join_network(struct network *network);

/* Opens the folder of this user's alone that a path of a socket leads to, and gives the socket's name in it. */
int open_folder_of(const char *path, const char **name);

#endif
