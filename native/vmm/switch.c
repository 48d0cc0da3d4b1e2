#define _GNU_SOURCE
#include "verbs.h"

#include "../switch/switch.h"
#include "die.h"
#include "jail.h"
#include "namespaces.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static void parse_subnet(const char *text, uint8_t network[3]) {
    int end = 0;
    if (sscanf(text, "%3hhu.%3hhu.%3hhu%n", &network[0], &network[1], &network[2], &end) != 3 || text[end] != '\0') {
        die("switch: %s is not the first three numbers of an address", text);
    }
}

/* The switch handles frames of guests and has access to nothing else: no files, no network, no other processes. */
void become_switch(char **words) {
    struct jail jail = {.alone = true, .calls = ROLE_SWITCH};
    uint8_t network[3];
    if (words[0] == NULL || words[1] == NULL) die("usage: box-vmm switch ADDRESS SUBNET");
    parse_subnet(words[1], network);
    if (setsid() < 0) die_errno("cannot create a session");
    jail.user.id = user_for(words[0]);
    enter_namespaces((struct wanted_namespaces){.network = true});
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child > 0) _exit(0);
    uid_t owner = geteuid();
    enter_jail(&jail);
    /* Until here, stderr is the log of the box that started it. */
    if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0) die_errno("cannot move a descriptor");
    run_switch(SWITCH_LISTENER, owner, network);
    _exit(0);
}
