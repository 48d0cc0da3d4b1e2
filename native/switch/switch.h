#ifndef SWITCH_H
#define SWITCH_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Switches frames between those who connect to `listener`, until the last of them is gone. Somebody must have connected
 * before.
 * @param owner the user whose connections are taken
 * @param network first three bytes of its addresses
 */
void run_switch(int listener, uid_t owner, const uint8_t network[3]);

#endif
