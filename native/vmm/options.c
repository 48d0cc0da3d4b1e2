#define _GNU_SOURCE
#include "vmm.h"

#include "die.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* An option of a verb: its number of values, and the function that applies them to the machine. */
struct option {
    const char *name;
    size_t values;
    void (*apply)(struct machine *machine, char **values);
};

static unsigned long number(const char *text, unsigned long most, const char *option) {
    char *end = NULL;
    errno = 0;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (end == NULL || *end != '\0' || errno != 0 || value < 1 || value > most) {
        die("%s: %s is not a number from 1 to %lu", option, text, most);
    }
    return value;
}

static bool read_only(const char *text, const char *option) {
    if (strcmp(text, "ro") == 0) return true;
    if (strcmp(text, "rw") == 0) return false;
    die("%s: %s must be ro or rw", option, text);
}

static void add_volume(struct machine *machine, char **values) {
    const char *name = values[2];
    if (values[1][0] != '/') die("--volume: %s is not an absolute path", values[1]);
    if (name[0] == '\0' || strlen(name) > NAME_MAX || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        die("--volume: %s is not a file name", name);
    }
    machine->volumes[machine->volume_count++] =
        (struct volume){.read_only = read_only(values[0], "--volume"), .source = values[1], .name = name};
}

static void add_port(struct machine *machine, char **values) {
    struct net_policy *policy = &machine->policy;
    if (!net_port_parse(&policy->ports[policy->count], (const char *const *)values)) {
        die("--publish: %s %s %s %s is not a port", values[0], values[1], values[2], values[3]);
    }
    policy->count++;
}

static void allow_host(struct machine *machine, char **values) {
    (void)values;
    machine->policy.allow_host = true;
}

static void set_resolver(struct machine *machine, char **values) {
    if (!net_resolver_parse(&machine->policy, values[0]))
        die("--resolver: %s is not an IPv4 address that is closed to guests", values[0]);
}

static void set_bridge(struct machine *machine, char **values) {
    machine->network = values[0];
    machine->libslirp = values[1];
    machine->mtu = (uint32_t)number(values[2], UINT16_MAX, "--bridge");
}

static void set_ipv6(struct machine *machine, char **values) {
    (void)values;
    machine->ipv6 = true;
}

static void set_peers(struct machine *machine, char **values) { machine->peers = values[0]; }

static void set_libkrun(struct machine *machine, char **values) { machine->libkrun = values[0]; }

static void set_kernel(struct machine *machine, char **values) { machine->kernel = values[0]; }

static void set_cmdline(struct machine *machine, char **values) { machine->cmdline = values[0]; }

static void set_cpus(struct machine *machine, char **values) {
    machine->cpus = (uint8_t)number(values[0], UINT8_MAX, "--cpus");
}

static void set_memory(struct machine *machine, char **values) {
    machine->memory_mib = (uint32_t)number(values[0], UINT32_MAX, "--memory");
}

static void add_disk(struct machine *machine, char **values) {
    bool vmdk = strcmp(values[1], "vmdk") == 0;
    if (!vmdk && strcmp(values[1], "raw") != 0) die("--disk: %s must be raw or vmdk", values[1]);
    machine->disks[machine->disk_count++] =
        (struct disk){.read_only = read_only(values[0], "--disk"), .vmdk = vmdk, .path = values[2]};
}

static void set_log_level(struct machine *machine, char **values) {
    static const char *const names[LEVEL_COUNT] = {"error", "warn", "info", "debug"};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (strcmp(values[0], names[level]) != 0) continue;
        machine->log_level = (enum log_level)level;
        return;
    }
    die("--log-level: %s must be error, warn, info or debug", values[0]);
}

static void set_network(struct machine *machine, char **values) {
    machine->tsi = strcmp(values[0], "tsi") == 0;
    bool known = machine->tsi || strcmp(values[0], "bridge") == 0 || strcmp(values[0], "none") == 0;
    if (!known) die("--net: %s must be tsi, bridge or none", values[0]);
}

static void set_virtiofsd(struct machine *machine, char **values) { machine->virtiofsd = values[0]; }

static void set_share_preload(struct machine *machine, char **values) { machine->share_preload = values[0]; }

static void set_memory_preload(struct machine *machine, char **values) { machine->memory_preload = values[0]; }

static void set_thaw(struct machine *machine, char **values) {
    machine->thaw = values[0];
    machine->thaw_made = values[1];
}

static void set_report(struct machine *machine, char **values) {
    (void)values;
    machine->report = true;
}

static void set_largest(struct machine *machine, char **values) {
    machine->largest_mib = (uint32_t)number(values[0], UINT32_MAX, "--largest-file");
}

static void set_cpuset(struct machine *machine, char **values) { machine->cpuset = values[0]; }

static void set_cgroup(struct machine *machine, char **values) {
    machine->cgroup = values[0];
    machine->cgroup_flags = values[1];
}

/* clang-format off */
#define COMMON_OPTIONS                                                                                              \
    {"--volume", 3, add_volume}, {"--publish", 4, add_port}, {"--allow-host", 0, allow_host},                      \
    {"--resolver", 1, set_resolver}, {"--bridge", 3, set_bridge}, {"--ipv6", 0, set_ipv6},                         \
    {"--peers", 1, set_peers}, {"--kernel", 1, set_kernel}, {"--disk", 3, add_disk}, {"--report", 0, set_report},  \
    {"--largest-file", 1, set_largest}, {"--cpuset", 1, set_cpuset}, {"--cgroup", 2, set_cgroup},                  \
    {"--log-level", 1, set_log_level}
/* clang-format on */

static const struct option krun_options[] = {
    COMMON_OPTIONS,          {"--libkrun", 1, set_libkrun}, {"--cmdline", 1, set_cmdline},
    {"--cpus", 1, set_cpus}, {"--memory", 1, set_memory},   {"--net", 1, set_network},
    {NULL, 0, NULL},
};

static const struct option qemu_options[] = {
    COMMON_OPTIONS,
    {"--virtiofsd", 1, set_virtiofsd},
    {"--share-preload", 1, set_share_preload},
    {"--memory-preload", 1, set_memory_preload},
    {"--thaw", 2, set_thaw},
    {NULL, 0, NULL},
};

static const struct option processes_options[] = {
    {"--bridge", 3, set_bridge},
    {"--ipv6", 0, set_ipv6},
    {NULL, 0, NULL},
};

/* Applies options up to the end or to `--`; returns the words after `--`, or NULL. */
static char **apply(struct machine *machine, const struct option *options, char **words) {
    while (*words != NULL && strcmp(*words, "--") != 0) {
        const struct option *option = options;
        while (option->name != NULL && strcmp(option->name, *words) != 0) option++;
        if (option->name == NULL) die("unknown option %s", *words);
        for (size_t i = 1; i <= option->values; i++) {
            if (words[i] == NULL) die("%s needs %zu value(s)", option->name, option->values);
        }
        option->apply(machine, words + 1);
        words += 1 + option->values;
    }
    return *words == NULL ? NULL : words + 1;
}

static void *allocate(size_t room, size_t size) {
    void *memory = calloc(room, size);
    if (memory == NULL) die_errno("no memory");
    return memory;
}

/* Allocates arrays as long as `words`, which is always enough. */
static struct machine empty_machine(char **words) {
    struct machine machine = {0};
    machine.log_level = LEVEL_INFO;
    size_t room = 1;
    while (words[room - 1] != NULL) room++;
    machine.volumes = allocate(room, sizeof *machine.volumes);
    machine.disks = allocate(room, sizeof *machine.disks);
    machine.policy.ports = allocate(room, sizeof *machine.policy.ports);
    return machine;
}

struct machine parse_krun(char **words) {
    struct machine machine = empty_machine(words);
    machine.kvm = true;
    if (apply(&machine, krun_options, words) != NULL) die("krun: unexpected command line");
    if (machine.libkrun == NULL || machine.kernel == NULL || machine.cmdline == NULL || machine.cpus == 0 ||
        machine.memory_mib == 0 || machine.disk_count == 0) {
        die("krun: --libkrun, --kernel, --cmdline, --cpus, --memory and --disk are needed");
    }
    return machine;
}

struct machine parse_qemu(char **words) {
    struct machine machine = empty_machine(words);
    machine.command = apply(&machine, qemu_options, words);
    if (machine.command == NULL || machine.command[0] == NULL) die("qemu: QEMU's command line is missing");
    if (machine.volume_count > 0 && (machine.virtiofsd == NULL || machine.share_preload == NULL)) {
        die("qemu: volumes need --virtiofsd and --share-preload");
    }
    if (machine.thaw != NULL && machine.memory_preload == NULL) die("qemu: --thaw needs --memory-preload");
    return machine;
}

struct machine parse_processes(char **words) {
    struct machine machine = empty_machine(words);
    if (apply(&machine, processes_options, words) != NULL) die("processes: unexpected command line");
    return machine;
}
