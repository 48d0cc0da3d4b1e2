#include "verbs.h"

#include "die.h"
#include "vmm.h"

#include <string.h>

void become_vmm(char **words, pid_t parent) {
    if (words[0] != NULL && strcmp(words[0], "krun") == 0) {
        struct machine machine = parse_krun(words + 1);
        run_krun(&machine, parent);
    }
    if (words[0] != NULL && strcmp(words[0], "qemu") == 0) {
        struct machine machine = parse_qemu(words + 1);
        run_qemu(&machine, parent);
    }
    die("neither krun nor qemu: %s", words[0] == NULL ? "" : words[0]);
}
