#define _GNU_SOURCE
#include "open-share.h"

#include "../common/cleanup.h"
#include "../common/landlock.h"
#include "descriptors.h"
#include "die.h"
#include "layers.h"
#include "share-protocol.h"
#include "source.h"
#include "virtiofsd.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first version does not allow renames from one directory to another. */
enum { LEAST_LANDLOCK = 2 };

static bool has_capabilities(capabilities needed) {
    for (unsigned number = 0; number < 64 && needed >> number != 0; number++) {
        if ((needed & CAPABILITY(number)) != 0 && !has_capability(number)) return false;
    }
    return true;
}

_Noreturn void refuse_without_landlock(void) {
    die("volumes need Landlock, or a user namespace or CAP_SYS_ADMIN, which this host does not allow");
}

/* These messages end in the same words, by which the monitor recognizes them. */
void require_open_share(const struct machine *machine) {
    if (geteuid() != 0 || !has_capabilities(of_file_server | CAPABILITY(CAP_SYS_CHROOT) | CAPABILITY(CAP_SETPCAP))) {
        die("volumes need a user namespace or CAP_SYS_ADMIN, which this host does not allow");
    }
    if (machine->virtiofsd == NULL) {
        die("volumes need the qemu driver, or a user namespace or CAP_SYS_ADMIN, which this host does not allow");
    }
    /* The version in C checks names from the guest itself; for the other, nothing but libboxshare.so would. */
    cleanup_free char *program = find_program(machine->virtiofsd);
    if (!is_virtiofsd_in_c(program) && landlock_version() < LEAST_LANDLOCK) refuse_without_landlock();
}

/* Nothing can be created in a directory that has been removed. */
static int open_empty_folder(const struct machine *machine) {
    cleanup_free char *path = NULL;
    const char *beside = machine->disk_count == 0 ? "/tmp/box" : machine->disks[machine->disk_count - 1].path;
    if (asprintf(&path, "%s.XXXXXX", beside) < 0) die_errno("out of memory");
    if (mkdtemp(path) == NULL) die_errno("cannot create the directory %s", path);
    int folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) die_errno("cannot open the directory %s", path);
    if (rmdir(path) != 0) die_errno("cannot remove the directory %s", path);
    return move_above(folder, true);
}

static void export_share(int root, const struct volume *volumes, const int *fds, size_t count) {
    char *text = NULL;
    size_t size = 0;
    FILE *words = open_memstream(&text, &size);
    if (words == NULL) die_errno("out of memory");
    fprintf(words, "%d", root);
    for (size_t i = 0; i < count; i++) fprintf(words, "/%d/%s", fds[i], volumes[i].name);
    if (fclose(words) != 0) die_errno("out of memory");
    if (setenv(SHARE_VARIABLE, text, 1) != 0) die_errno("cannot set %s", SHARE_VARIABLE);
    free(text);
}

void open_share(struct jail *jail, const struct machine *machine, const struct volume *volumes, size_t count,
                char source[OPEN_SHARE_SOURCE]) {
    int *fds = calloc(count + 1, sizeof *fds);
    if (fds == NULL) die_errno("out of memory");
    for (size_t i = 0; i < count; i++) fds[i] = move_above(open_source(volumes[i].source), true);
    int root = open_empty_folder(machine);
    fds[count] = root;
    export_share(root, volumes, fds, count);
    /* The link itself is not a directory; its target is. */
    snprintf(source, OPEN_SHARE_SOURCE, "/proc/self/fd/%d/.", root);
    jail->shares = (struct shares){.fds = fds, .count = count + 1, .read_only = count > 0 && volumes[0].read_only};
    jail->calls = jail->shares.read_only ? ROLE_VIRTIOFSD_READ_ONLY : ROLE_VIRTIOFSD;
    jail->kept &= ~CAPABILITY(CAP_DAC_READ_SEARCH);
}
