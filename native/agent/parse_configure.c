#include <string.h>

#include "messages.h"
#include "records.h"

// Whether a path stays below the directory that it is resolved in: relative and without `..`.
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
    if (c->volume_count == MAX_MOUNTS || record->length < 1 || (record->value[0] & ~VOLUME_ALL) != 0) return false;
    if (!split(record->value + 1, record->length - 1, parts, 2)) return false;
    // The name has to be a single entry of the share's root.
    if (!stays_below(parts[0]) || strchr(parts[0], '/') || strcmp(parts[0], ".") == 0) return false;
    uint8_t flags = record->value[0];
    c->volumes[c->volume_count++] =
        (struct volume){parts[0], parts[1], flags & VOLUME_READ_ONLY, flags & VOLUME_FILE, flags & VOLUME_POPULATE};
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

static bool add_network_server(struct configuration *c, const struct record *record) {
    const char *address = string_of(record);
    if (c->network_server_count == MAX_NETWORK_SERVERS || address == NULL) return false;
    c->network_servers[c->network_server_count++] = address;
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
    if (c->device_count == MAX_DEVICES || record->length < 1 || (record->value[0] & ~DEVICE_ALL) != 0) return false;
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
    case CONFIGURE_HOSTNAME:
        c->hostname = string_of(record);
        return c->hostname != NULL && record->length <= 64;
    case CONFIGURE_HOSTS:
        c->hosts = (struct text){(const char *)record->value, record->length};
        return true;
    case CONFIGURE_RESOLV_CONF:
        c->resolv_conf = (struct text){(const char *)record->value, record->length};
        return true;
    case CONFIGURE_TMPFS:
        return add_tmpfs(c, record);
    case CONFIGURE_VOLUME:
        return add_volume(c, record);
    case CONFIGURE_NETWORK:
        return add_network(c, record);
    case CONFIGURE_READ_ONLY:
        return read_flag(record, &c->read_only);
    case CONFIGURE_SHM_SIZE:
        return read_number(record, &c->shm_bytes);
    case CONFIGURE_CLOCK:
        return read_number(record, &c->clock_ns);
    case CONFIGURE_SYSCTL:
        return add_sysctl(c, record);
    case CONFIGURE_PIDS_LIMIT:
        if (record->length != 4) return false;
        c->pids_limit = read_u32(record->value);
        return true;
    case CONFIGURE_CPU_LIMIT:
        if (record->length != 4) return false;
        c->cpu_limit = read_u32(record->value);
        return true;
    case CONFIGURE_OPEN_PATHS:
        return read_flag(record, &c->open_paths);
    case CONFIGURE_PRIVILEGED:
        return read_flag(record, &c->privileged);
    case CONFIGURE_DEVICE:
        return add_device(c, record);
    case CONFIGURE_PERSISTENT:
        return read_flag(record, &c->persistent);
    case CONFIGURE_NAMESERVER:
        return add_nameserver(c, record);
    case CONFIGURE_NETWORK_SERVER:
        return add_network_server(c, record);
    default:
        return false;
    }
}

bool parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure) {
    memset(configuration, 0, sizeof *configuration);
    configuration->hostname = "box";
    return visit_records(bytes, length, visit_configure, configuration, "CONFIGURE", failure);
}
