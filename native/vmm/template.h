#ifndef BOX_TEMPLATE_H
#define BOX_TEMPLATE_H

/*
 * A template is a VM that was frozen when its agent had greeted the host: a directory with `memory`, the guest's RAM,
 * `state`, the rest, and maybe `layer.ext4`, a disk that the guest has mounted (docs/architecture.md). `freeze` makes it;
 * `qemu --thaw` starts a VM with a private copy of it. `touched`, which its first VM leaves, lists the pages of the memory
 * that the others will write to.
 */

/*
 * Descriptors of a QEMU with a template, besides those of any QEMU. To make one: its monitor (QMP). To thaw one: the state; the
 * monitor is its standard input and output.
 */
enum { FREEZE_STREAM = 8, STATE_STREAM = 8, CONSOLE_STREAM = 9, MEMORY_STREAM = 10 };

/* Names this descriptor on QEMU's command line (memory.c). */
#define MEMORY_PATH "/dev/fd/10"

/* These are above all descriptors with a fixed meaning, and closed on execve(). */
struct template_streams {
    int memory;
    int monitor; /* to make a template; otherwise -1, and: */
    int state;
    int commands;  /* QMP, to QEMU */
    int answers;   /* and from it */
    int kept;      /* to be kept open by QEMU */
    char *touched; /* the list; NULL: there is none */
};

/* Names of the files. */
#define TEMPLATE_MEMORY "memory"
#define TEMPLATE_STATE "state"
#define TEMPLATE_TOUCHED "touched"

/* Variable of QEMU's environment with the list, for touched.c: lines with the number of a page and how many follow from it. */
#define TOUCHED_VARIABLE "BOX_TOUCHED"

/*
 * Opens a template to thaw it. Exits on failure, and if it is not the one of which the caller has copied the disk: MADE is
 * the inode of `state` and the time when it was written, in nanoseconds, with a hyphen in between.
 */
struct template_streams open_template(const char *folder, const char *made);

/* Adds to QEMU's command line what makes it use the streams. */
char **with_template(char **command, const struct template_streams *streams);

/* In the process that becomes QEMU: gives the streams their numbers. The console must still be the standard output. */
void place_template(const struct template_streams *streams);

#endif
