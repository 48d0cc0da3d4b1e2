#ifndef BOX_VERBS_H
#define BOX_VERBS_H

#include <sys/types.h>

/* The commands of box-vmm. Each gets the NULL-terminated arguments that follow its name (docs/vmm-helper.md). */

/* `launch`: starts the VMM and becomes the monitor. */
_Noreturn void launch(char **words);

/* `krun …` or `qemu …`; WORDS includes the verb: becomes the VMM, which dies with its parent. */
_Noreturn void become_vmm(char **words, pid_t parent);

/* `freeze`: makes a template of a VM. */
_Noreturn void freeze(char **words);

/* `locked`: prints which lock files are held. Returns the exit code. */
int print_locked(char **files);

/* `hold`: takes locks one after the other, creating missing files, prints `held`, and keeps them until it is killed. */
_Noreturn void hold_locks(char **files, pid_t parent);

/* `keep`: takes a lock, listens on a socket, and executes a program that keeps both. */
_Noreturn void keep(char **words);

/* `remove DIRECTORY`: removes a tree, including files that belong to the caller's subordinate IDs. Returns the exit code. */
int remove_tree(const char *path);

/* `switch ADDRESS`: runs the switch of the named networks, in a new process, until the last box has left. */
_Noreturn void become_switch(char **words);
enum { SWITCH_LISTENER = 3 };

/* `change`: changes the named networks of a running box, and prints its addresses on new ones. Returns the exit code. */
int change_box(char **words);

/* `processes`: prints how each process of a VMM is isolated. Returns the exit code. */
int show_processes(char **words);

/* `layers`: enters a jail and prints which of its layers are in effect on this host. */
_Noreturn void show_layers(pid_t parent);

/*
 * `volumes [VIRTIOFSD]`: checks whether this host allows boxes to have volumes, with krun or with this VIRTIOFSD. Returns
 * the exit code; exits with the reason if not.
 */
int check_volumes(const char *virtiofsd, pid_t parent);

#endif
