#ifndef BOX_JOIN_H
#define BOX_JOIN_H

#include <stddef.h>

/* A named network, as `launch` is told of it. */
struct network {
    const char *address; /* abstract one of its switch; NULL: the box is on none */
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
struct place join_network(const struct network *network);

#endif
