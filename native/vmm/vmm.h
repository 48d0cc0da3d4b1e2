#ifndef BOX_VMM_H
#define BOX_VMM_H

#include "net_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A folder or file of the host that the guest gets to see as NAME in the share. */
struct volume {
    bool read_only;
    const char *source;
    const char *name;
};

struct disk {
    bool read_only;
    bool vmdk; /* else raw */
    const char *path;
};

/* The machine, as the command line describes it. Strings are those of argv. */
struct machine {
    struct volume *volumes;
    size_t volume_count;
    struct net_policy policy;

    /* krun */
    const char *libkrun;
    const char *kernel;
    const char *cmdline;
    uint8_t cpus;
    uint32_t memory_mib;
    struct disk *disks;
    size_t disk_count;
    bool network;

    /* qemu */
    const char *preload;
    const char *virtiofsd;
    char **command;
};

/* Words after the verb. Ends the process when they make no machine. */
struct machine parse_krun(char **words);
struct machine parse_qemu(char **words);

/* Descriptor of the agent's stream; 1 and 2 are the console. */
enum { AGENT_STREAM = 3 };

/* Tag of the virtiofs device that shows the volumes. */
#define SHARE_TAG "volumes"

_Noreturn void run_krun(const struct machine *machine, pid_t parent);
_Noreturn void run_qemu(const struct machine *machine, pid_t parent);

#endif
