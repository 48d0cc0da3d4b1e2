#ifndef BOX_SLOT_H
#define BOX_SLOT_H

#include <stddef.h>

/* A start of a VM on an emulator, and by what others may end its wait for a slot. */
struct turn {
    /* The file of slots; NULL: the VM starts at once. */
    const char *slots;
    /* The connection to the command, the size of its launch request, and the box's socket. */
    int command;
    size_t request;
    int socket;
};

/*
 * Waits until fewer VMs are starting than this process may use processors. Returns the descriptor that holds the slot until
 * it is closed, or one of /dev/null if the VM starts without a slot.
 */
int await_turn(const struct turn *turn);

#endif
