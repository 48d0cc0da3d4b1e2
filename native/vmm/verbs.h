#ifndef BOX_VERBS_H
#define BOX_VERBS_H

#include <sys/types.h>

/* Each takes the NULL-terminated words that follow its name on the command line (docs/vmm-helper.md). */

/* `launch`: starts the VMM and becomes the monitor. */
_Noreturn void launch(char **words);

/* `krun …` or `qemu …`, with the verb: becomes the VMM, which dies with its parent. */
_Noreturn void become_vmm(char **words, pid_t parent);

/* `locked`: prints which lock files are held; the exit code. */
int print_locked(char **files);

/* `hold`: takes lock files, made when missing, one after the other, says `held`, and keeps them until it is killed. */
_Noreturn void hold_locks(char **files, pid_t parent);

/* `remove FOLDER`: removes it with all that is in it, also what belongs to the caller's subordinate ids; the exit code. */
int remove_tree(const char *path);

/* `switch ADDRESS SUBNET`: in a process of its own, the switch of a named network, until the last box has left it. */
_Noreturn void become_switch(char **words);
enum { SWITCH_LISTENER = 3 };

/* `processes`: prints how each process of a VMM is shut in; the exit code. */
int show_processes(char **words);

/* `layers`: puts a jail on and prints which of its layers hold here. */
_Noreturn void show_layers(pid_t parent);

#endif
