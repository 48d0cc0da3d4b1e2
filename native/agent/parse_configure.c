#include <string.h>

#include "messages.h"
#include "records.h"

enum tag {
    TAG_HOSTNAME = 1,
    TAG_HOSTS,
    TAG_RESOLV_CONF,
    TAG_TMPFS,
    TAG_VOLUME,
    TAG_NETWORK,
    TAG_READ_ONLY,
    TAG_SHM_SIZE,
    TAG_CLOCK,
    TAG_SYSCTL,
    TAG_PIDS_LIMIT,
    TAG_OPEN_PATHS,
    TAG_PRIVILEGED,
    TAG_DEVICE,
    TAG_PERSISTENT,
    TAG_NAMESERVER,
};

// Whether a path stays below the folder that it is taken from: relative, and without a way up.
static bool stays_below(const char *path) {
    if (*path == '\0') return false;
    for (;;) {
        size_t length = strcspn(path, "/");
        bool is_up = length == 2 && path[0] == '.' && path[1] == '.';
        if (length == 0 || is_up) return false;
        path += length;
        if (*path++ == '\0') return true;
    }
}

static bool add_tmpfs(struct configuration *c, const struct record *record) {
    const char *parts[2];
    if (c->tmpfs_count == MAX_MOUNTS || !split(record->value, record->length, parts, 2)) return false;
    c->tmpfs[c->tmpfs_count++] = (struct tmpfs){parts[0], parts[1]};
    return parts[0][0] == '/';
}

static bool add_volume(struct configuration *c, const struct record *record) {
    const char *parts[2];
    if (c->volume_count == MAX_MOUNTS || record->length < 1 || record->value[0] > 7) return false;
    if (!split(record->value + 1, record->length - 1, parts, 2)) return false;
    // The name is one entry of the share's own folder.
    if (!stays_below(parts[0]) || strchr(parts[0], '/') || strcmp(parts[0], ".") == 0) return false;
    uint8_t flags = record->value[0];
    c->volumes[c->volume_count++] =
        (struct volume){parts[0], parts[1], (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
    return parts[1][0] == '/';
}

static bool add_network(struct configuration *c, const struct record *record) {
    const char *parts[3];
    if (c->network_count == MAX_NETWORKS || !split(record->value, record->length, parts, 3)) return false;
    c->networks[c->network_count++] = (struct network){parts[0], parts[1], parts[2]};
    return true;
}

static bool add_nameserver(struct configuration *c, const struct record *record) {
    const char *address = string_of(record);
    if (c->nameserver_count == MAX_NAMESERVERS || address == NULL) return false;
    c->nameservers[c->nameserver_count++] = address;
    return true;
}

static bool add_sysctl(struct configuration *c, const struct record *record) {
    const char *parts[2];
    if (c->sysctl_count == MAX_SYSCTLS || !split(record->value, record->length, parts, 2)) return false;
    c->sysctls[c->sysctl_count++] = (struct sysctl){parts[0], parts[1]};
    return stays_below(parts[0]);
}

static bool add_device(struct configuration *c, const struct record *record) {
    const char *parts[2];
    if (c->device_count == MAX_DEVICES || record->length < 1 || record->value[0] > 3) return false;
    if (!split(record->value + 1, record->length - 1, parts, 2)) return false;
    c->devices[c->device_count++] = (struct device){parts[0], parts[1], record->value[0]};
    return stays_below(parts[0]) && parts[1][0] == '/';
}

static bool read_flag(const struct record *record, bool *flag) {
    if (record->length != 1 || record->value[0] > 1) return false;
    *flag = record->value[0] == 1;
    return true;
}

static bool read_number(const struct record *record, uint64_t *number) {
    if (record->length != 8) return false;
    *number = read_u64(record->value);
    return true;
}

static bool visit_configure(void *target, const struct record *record) {
    struct configuration *c = target;
    switch (record->tag) {
    case TAG_HOSTNAME:
        c->hostname = string_of(record);
        return c->hostname != NULL && record->length <= 64;
    case TAG_HOSTS:
        c->hosts = (struct text){(const char *)record->value, record->length};
        return true;
    case TAG_RESOLV_CONF:
        c->resolv_conf = (struct text){(const char *)record->value, record->length};
        return true;
    case TAG_TMPFS:
        return add_tmpfs(c, record);
    case TAG_VOLUME:
        return add_volume(c, record);
    case TAG_NETWORK:
        return add_network(c, record);
    case TAG_READ_ONLY:
        return read_flag(record, &c->read_only);
    case TAG_SHM_SIZE:
        return read_number(record, &c->shm_bytes);
    case TAG_CLOCK:
        return read_number(record, &c->clock_ns);
    case TAG_SYSCTL:
        return add_sysctl(c, record);
    case TAG_PIDS_LIMIT:
        if (record->length != 4) return false;
        c->pids_limit = read_u32(record->value);
        return true;
    case TAG_OPEN_PATHS:
        return read_flag(record, &c->open_paths);
    case TAG_PRIVILEGED:
        return read_flag(record, &c->privileged);
    case TAG_DEVICE:
        return add_device(c, record);
    case TAG_PERSISTENT:
        return read_flag(record, &c->persistent);
    case TAG_NAMESERVER:
        return add_nameserver(c, record);
    default:
        return false;
    }
}

int parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure) {
    memset(configuration, 0, sizeof *configuration);
    configuration->hostname = "box";
    return visit_records(bytes, length, visit_configure, configuration, "CONFIGURE", failure);
}
