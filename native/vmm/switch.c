#define _GNU_SOURCE
#include "verbs.h"

#include "../switch/fabric.h"
#include "../switch/switch.h"
#include "die.h"
#include "jail.h"
#include "namespaces.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors besides those of the members. */
enum { OTHERS = 16 };

/* Makes room for the descriptors of as many members as possible. */
static void raise_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("cannot read a limit");
    rlim_t wanted = MAX_MEMBERS + OTHERS;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("cannot raise a limit");
}

/* The switch handles frames of guests and has access to nothing else: no files, no network, no other processes. */
void become_switch(char **words) {
    struct jail jail = {.alone = true, .calls = ROLE_SWITCH};
    if (words[0] == NULL || words[1] != NULL) die("usage: box-vmm switch ADDRESS");
    if (setsid() < 0) die_errno("cannot create a session");
    jail.user.id = user_for(words[0]);
    raise_limit();
    enter_namespaces((struct wanted_namespaces){.network = true});
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child > 0) _exit(0);
    uid_t owner = geteuid();
    enter_jail(&jail);
    /* Until here, stderr is the log of the box that started it. */
    if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0) die_errno("cannot move a descriptor");
    run_switch(SWITCH_LISTENER, owner);
    _exit(0);
}
