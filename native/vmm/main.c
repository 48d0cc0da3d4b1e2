/* box-vmm: starts the monitor and the virtual machine of a box (docs/vmm-helper.md). */
#include "die.h"
#include "verbs.h"

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
    /* `launch` executes /proc/self/exe, which would name the process `exe`. */
    (void)prctl(PR_SET_NAME, "box-vmm");
    if (argc >= 2) {
        if (strcmp(argv[1], "launch") == 0) launch(argv + 2);
        if (strcmp(argv[1], "keep") == 0) keep(argv + 2);
        if (strcmp(argv[1], "krun") == 0 || strcmp(argv[1], "qemu") == 0) become_vmm(argv + 1, getppid());
        if (strcmp(argv[1], "freeze") == 0) freeze(argv + 2);
        if (strcmp(argv[1], "switch") == 0) become_switch(argv + 2);
        if (strcmp(argv[1], "change") == 0) return change_box(argv + 2);
        if (strcmp(argv[1], "locked") == 0) return print_locked(argv + 2);
        if (strcmp(argv[1], "remove") == 0 && argc == 3) return remove_tree(argv[2]);
        if (strcmp(argv[1], "hold") == 0) hold_locks(argv + 2, getppid());
        if (strcmp(argv[1], "layers") == 0 && argc == 2) show_layers(getppid());
        if (strcmp(argv[1], "volumes") == 0 && argc <= 3) return check_volumes(argv[2], getppid());
        if (strcmp(argv[1], "processes") == 0) return show_processes(argv + 2);
    }
    die("usage: box-vmm launch|keep|krun|qemu|freeze|switch|change|locked|hold|remove|layers|processes|volumes …");
}
