#include "messages.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"

enum configure_tag {
    TAG_HOSTNAME = 1,
    TAG_HOSTS,
    TAG_RESOLV_CONF,
    TAG_TMPFS,
    TAG_VOLUME,
    TAG_NETWORK,
    TAG_READ_ONLY,
    TAG_SHM_SIZE,
    TAG_CLOCK,
};

enum start_tag { TAG_ARGV = 1, TAG_ENV, TAG_CWD, TAG_USER, TAG_FLAGS };

static int malformed(struct failure *failure, const char *message, unsigned tag) {
    return fail(failure, "failed", "the host sent a %s with a malformed record %u", message, tag);
}

// Ends every record's value with a NUL. The byte after a value is the next record's tag, or the spare byte after the
// message, so this comes after all records have been read; tags are read once more before they are overwritten.
typedef int visit(void *target, const struct record *record, struct failure *failure);

static int visit_records(uint8_t *bytes, size_t length, visit *each, void *target, const char *what,
                         struct failure *failure) {
    struct records records = {bytes, bytes + length};
    struct record record;
    struct record next;
    int more = next_record(&records, &record);
    while (more == 1) {
        more = next_record(&records, &next);
        record.value[record.length] = '\0';
        if (each(target, &record, failure) < 0) return -1;
        record = next;
    }
    return more == 0 ? 0 : fail(failure, "failed", "the host sent a %s that is cut off", what);
}

// The value as a string; NULL when there is a NUL in it.
static const char *string_of(const struct record *record) {
    return memchr(record->value, '\0', record->length) ? NULL : (const char *)record->value;
}

// Splits a value at its first `count - 1` NULs into `count` strings.
static bool split(const uint8_t *value, size_t length, const char **parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        parts[i] = (const char *)value;
        const uint8_t *nul = memchr(value, '\0', length);
        if (i + 1 == count) return nul == NULL;
        if (!nul) return false;
        length -= (size_t)(nul + 1 - value);
        value = nul + 1;
    }
    return false;
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
    if (parts[0][0] == '\0' || strchr(parts[0], '/') || strcmp(parts[0], ".") == 0 || strcmp(parts[0], "..") == 0) {
        return false;
    }
    uint8_t flags = record->value[0];
    c->volumes[c->volume_count++] =
        (struct volume){parts[0], parts[1], (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
    return parts[1][0] == '/';
}

static bool set_network(struct configuration *c, const struct record *record) {
    const char *parts[3];
    if (!split(record->value, record->length, parts, 3)) return false;
    c->interface = parts[0];
    c->address = parts[1];
    c->gateway = parts[2];
    return true;
}

static int visit_configure(void *target, const struct record *record, struct failure *failure) {
    struct configuration *c = target;
    bool right = true;
    switch (record->tag) {
    case TAG_HOSTNAME:
        c->hostname = string_of(record);
        right = c->hostname != NULL && record->length <= 64;
        break;
    case TAG_HOSTS:
        c->hosts = (struct text){(const char *)record->value, record->length};
        break;
    case TAG_RESOLV_CONF:
        c->resolv_conf = (struct text){(const char *)record->value, record->length};
        break;
    case TAG_TMPFS:
        right = add_tmpfs(c, record);
        break;
    case TAG_VOLUME:
        right = add_volume(c, record);
        break;
    case TAG_NETWORK:
        right = set_network(c, record);
        break;
    case TAG_READ_ONLY:
        right = record->length == 1;
        if (right) c->read_only = record->value[0] != 0;
        break;
    case TAG_SHM_SIZE:
        right = record->length == 8;
        if (right) c->shm_bytes = read_u64(record->value);
        break;
    case TAG_CLOCK:
        right = record->length == 8;
        if (right) c->clock_ns = read_u64(record->value);
        break;
    default:
        right = false;
    }
    return right ? 0 : malformed(failure, "CONFIGURE", record->tag);
}

int parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure) {
    memset(configuration, 0, sizeof *configuration);
    configuration->hostname = "box";
    return visit_records(bytes, length, visit_configure, configuration, "CONFIGURE", failure);
}

struct start_target {
    struct start *start;
    size_t argc;
    size_t envc;
};

static int visit_start(void *target, const struct record *record, struct failure *failure) {
    struct start_target *to = target;
    struct start *start = to->start;
    const char *string = record->tag == TAG_FLAGS ? "" : string_of(record);
    bool right = string != NULL;
    switch (record->tag) {
    case TAG_ARGV:
        if (right) start->argv[to->argc++] = (char *)record->value;
        break;
    case TAG_ENV:
        if (right) start->env[to->envc++] = (char *)record->value;
        break;
    case TAG_CWD:
        start->cwd = string;
        right = right && string[0] == '/';
        break;
    case TAG_USER:
        start->user = string;
        break;
    case TAG_FLAGS:
        right = record->length == 4;
        if (right) start->flags = read_u32(record->value);
        break;
    default:
        right = false;
    }
    return right ? 0 : malformed(failure, "START", record->tag);
}

int parse_start(uint8_t *bytes, size_t length, struct start *start, struct failure *failure) {
    *start = (struct start){.cwd = "/", .user = ""};
    size_t argc = 0;
    size_t envc = 0;
    struct records records = {bytes, bytes + length};
    struct record record;
    while (next_record(&records, &record) == 1) {
        argc += record.tag == TAG_ARGV;
        envc += record.tag == TAG_ENV;
    }
    if (argc == 0) return fail(failure, "failed", "the host sent a START without a program");
    start->argv = calloc(argc + 1, sizeof *start->argv);
    start->env = calloc(envc + 2, sizeof *start->env);
    if (!start->argv || !start->env) return fail(failure, "failed", "no memory for %zu words", argc + envc);
    struct start_target target = {start, 0, 0};
    return visit_records(bytes, length, visit_start, &target, "START", failure);
}

void free_start(struct start *start) {
    free(start->argv);
    free(start->env);
    start->argv = NULL;
    start->env = NULL;
}
