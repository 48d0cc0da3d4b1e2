#ifndef BOX_VMM_H
#define BOX_VMM_H

#include "net_policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A directory or file of the host that appears as NAME in the share. */
struct volume {
    bool read_only;
    const char *source;
    const char *name;
};

struct disk {
    bool read_only;
    bool vmdk; /* rather than raw */
    const char *path;
};

struct template_streams;

/* As in BoxConfig. */
enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG, LEVEL_COUNT };

/* The machine described by the command line. Strings point into argv. */
struct machine {
    struct volume *volumes;
    size_t volume_count;
    struct net_policy policy;
    const char *peers;   /* MAC address of the guest on a named network, connected through PEERS_STREAM; NULL: none */
    const char *network; /* path of box-network, if that provides the guest's network; NULL: it does not */
    const char *libslirp;
    uint32_t mtu; /* of this network */
    bool ipv6;
    const char *kernel;
    struct disk *disks;
    size_t disk_count;

    /* on the host */
    enum log_level log_level;
    bool report; /* LOG_STREAM and WARNING_STREAM are open */
    bool kvm;    /* uses /dev/kvm */
    uint32_t largest_mib;
    const char *cpuset;
    const char *cgroup;
    const char *cgroup_flags;

    /* krun */
    const char *libkrun;
    const char *cmdline;
    uint8_t cpus;
    uint32_t memory_mib;
    bool tsi; /* the VMM has the guest's sockets; otherwise it gets an empty network namespace */

    /* qemu */
    const char *virtiofsd;
    const char *share_preload;
    const char *thaw;      /* directory of a template; NULL: boot */
    const char *thaw_made; /* which template has to be there (template.h) */
    const char *memory_preload;
    struct template_streams *template; /* to be made; NULL: none */
    char **command;
};

/* Parse the arguments after the verb. Exit if they are invalid. */
struct machine parse_krun(char **words);
struct machine parse_qemu(char **words);
/* For `processes`. */
struct machine parse_processes(char **words);

/* Descriptors: 1 is the console, 2 the messages, then the agent's stream, the monitor's log, warnings for the user, a network. */
enum { AGENT_STREAM = 3, LOG_STREAM = 4, WARNING_STREAM = 5, PEERS_STREAM = 6 };

/* Tag of the virtiofs device for the volumes. */
#define SHARE_TAG "volumes"
/* And of one that shows read-only volumes, where those have a server of their own. */
#define READ_ONLY_TAG "read-only"

_Noreturn void run_krun(const struct machine *machine, pid_t parent);
_Noreturn void run_qemu(const struct machine *machine, pid_t parent);

#endif
