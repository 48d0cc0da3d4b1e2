#ifndef SWITCH_H
#define SWITCH_H

#include <sys/types.h>

/*
 * Switches frames between the members that connect to `listener`, until the last one has left. The first one must
 * already have connected.
 * @param owner the user whose connections are accepted
 */
void run_switch(int listener, uid_t owner);

#endif
