#include <stdlib.h>

#include "messages.h"
#include "records.h"

struct target {
    struct start *start;
    size_t argc;
    size_t envc;
    size_t groupc;
};

static bool set_limit(struct start *start, const struct record *record) {
    if (record->length != 17 || record->value[0] >= RESOURCES) return false;
    uint64_t soft = read_u64(record->value + 1);
    uint64_t hard = read_u64(record->value + 9);
    start->limits[record->value[0]] = (struct limit){true, soft, hard};
    return soft <= hard;
}

static bool set_oom_score_adj(struct start *start, const struct record *record) {
    enum { LEAST = -1000, MOST = 1000 };
    if (record->length != 4) return false;
    start->oom_score_adj = (int32_t)read_u32(record->value);
    return start->oom_score_adj >= LEAST && start->oom_score_adj <= MOST;
}

static bool set_filter(struct start *start, const struct record *record) {
    if (record->length < 4 + INSTRUCTION_BYTES || (record->length - 4) % INSTRUCTION_BYTES != 0) return false;
    start->filter = (struct filter){
        .flags = read_u32(record->value),
        .count = (record->length - 4) / INSTRUCTION_BYTES,
        .instructions = record->value + 4,
    };
    return start->filter.count <= MAX_FILTER;
}

bool parse_terminal(const uint8_t *bytes, size_t length, struct terminal *terminal) {
    if (length != 4) return false;
    uint32_t both = read_u32(bytes);
    *terminal = (struct terminal){.rows = (uint16_t)both, .columns = (uint16_t)(both >> 16)};
    return true;
}

static bool set_string(const struct record *record, const char **string) {
    *string = string_of(record);
    return *string != NULL;
}

static bool set_copy(struct copy *copy, const struct record *record) {
    const char *parts[2];
    if (record->length < 2 || record->value[0] < COPY_READ || record->value[0] > COPY_LOOK) return false;
    if (record->value[1] & ~COPY_FLAG_ALL) return false;
    if (!split(record->value + 2, record->length - 2, parts, 2) || parts[0][0] != '/') return false;
    copy->kind = record->value[0];
    copy->follow = (record->value[1] & COPY_FLAG_FOLLOW) != 0;
    copy->keep_owners = (record->value[1] & COPY_FLAG_KEEP_OWNERS) != 0;
    copy->path = parts[0];
    copy->name = parts[1];
    return true;
}

static bool set_network_task(struct task *task, const struct record *record) {
    const char *parts[3];
    if (record->length < 2 || record->value[1] < NETWORK_ADD || record->value[1] > NETWORK_REMOVE) return false;
    if (!split(record->value + 2, record->length - 2, parts, 3)) return false;
    task->network = (struct network_change){record->value[1], parts[0], parts[1], parts[2]};
    return true;
}

static bool set_task(struct task *task, const struct record *record) {
    if (record->length < 1 || record->value[0] < TASK_FREEZE || record->value[0] > TASK_NETWORK) return false;
    task->kind = record->value[0];
    if (task->kind == TASK_THAW) {
        if (record->length == 9) task->clock_ns = read_u64(record->value + 1);
        return record->length == 9;
    }
    if (task->kind == TASK_NETWORK) return set_network_task(task, record);
    if (task->kind != TASK_LIMIT) return record->length == 1;
    if (record->length != 6 || record->value[1] < LIMIT_PIDS || record->value[1] > LIMIT_CPU) return false;
    task->resource = record->value[1];
    task->value = read_u32(record->value + 2);
    return true;
}

static bool set_file(struct file_request *file, const struct record *record) {
    const char *paths[2];
    enum { NUMBERS = 22 };
    const uint8_t *value = record->value;
    if (record->length < NUMBERS || value[0] < FILE_STAT || value[0] > FILE_WATCH || value[1] & ~FILE_FLAG_ALL)
        return false;
    if (!split(value + NUMBERS, record->length - NUMBERS, paths, 2) || !file_path_is_plain(paths[0])) return false;
    *file = (struct file_request){
        .kind = value[0],
        .flags = value[1],
        .mode = read_u32(value + 2),
        .offset = read_u64(value + 6),
        .length = read_u64(value + 14),
        .path = paths[0],
        .to = paths[1],
    };
    bool renames = file->kind == FILE_RENAME;
    return file->mode <= 07777 && (renames ? file_path_is_plain(file->to) : file->to[0] == '\0');
}

static bool set_dial(struct dial *dial, const struct record *record) {
    if (record->length != 3 || record->value[0] < DIAL_CONNECT || record->value[0] > DIAL_AWAIT) return false;
    dial->kind = record->value[0];
    dial->port = read_u16(record->value + 1);
    return dial->port > 0;
}

static bool visit_start(void *target, const struct record *record) {
    struct target *to = target;
    struct start *start = to->start;
    const char *string = NULL;
    switch (record->tag) {
    case START_ARGV:
        start->argv[to->argc++] = (char *)record->value;
        return string_of(record) != NULL;
    case START_ENV:
        start->env[to->envc++] = (char *)record->value;
        return string_of(record) != NULL;
    case START_CWD:
        return set_string(record, &start->cwd) && start->cwd[0] == '/';
    case START_USER:
        return set_string(record, &start->user);
    case START_FLAGS:
        if (record->length != 4) return false;
        start->flags = read_u32(record->value);
        return (start->flags & ~(uint32_t)FLAG_ALL) == 0;
    case START_GROUP:
        if (!set_string(record, &string)) return false;
        start->groups[to->groupc++] = string;
        return true;
    case START_RLIMIT:
        return set_limit(start, record);
    case START_CAPABILITIES:
        if (record->length != 8) return false;
        start->capabilities = read_u64(record->value);
        return true;
    case START_SECCOMP:
        return set_filter(start, record);
    case START_ARCHIVE:
        if (record->length != 1 || record->value[0] < ARCHIVE_ROOT || record->value[0] > ARCHIVE_STILL_CHANGES)
            return false;
        start->archive = (enum archive_kind)record->value[0];
        return true;
    case START_TERMINAL:
        start->on_terminal = true;
        return parse_terminal(record->value, record->length, &start->terminal);
    case START_COPY:
        return set_copy(&start->copy, record);
    case START_TASK:
        return set_task(&start->task, record);
    case START_FILE:
        return set_file(&start->file, record);
    case START_DIAL:
        return set_dial(&start->dial, record);
    case START_OOM_SCORE_ADJ:
        return set_oom_score_adj(start, record);
    default:
        return false;
    }
}

bool parse_start(uint8_t *bytes, size_t length, struct start *start, struct failure *failure) {
    *start = (struct start){.cwd = "/", .user = ""};
    size_t argc = 0;
    size_t envc = 0;
    size_t groupc = 0;
    bool job = false;
    struct records records = {bytes, bytes + length};
    struct record record;
    while (next_record(&records, &record) == 1) {
        argc += record.tag == START_ARGV;
        envc += record.tag == START_ENV;
        groupc += record.tag == START_GROUP;
        job |= record.tag == START_ARCHIVE || record.tag == START_COPY || record.tag == START_TASK ||
               record.tag == START_FILE || record.tag == START_DIAL;
    }
    if (argc == 0 && !job) return fail(failure, "failed", "the host sent a START without a program");
    start->argv = calloc(argc + 1, sizeof *start->argv);
    start->env = calloc(envc + 2, sizeof *start->env);
    start->groups = calloc(groupc + 1, sizeof *start->groups);
    if (!start->argv || !start->env || !start->groups) {
        return fail(failure, "failed", "out of memory for %zu strings", argc + envc + groupc);
    }
    struct target target = {.start = start};
    return visit_records(bytes, length, visit_start, &target, "START", failure);
}

void free_start(struct start *start) {
    free(start->argv);
    free(start->env);
    free(start->groups);
    start->argv = NULL;
    start->env = NULL;
    start->groups = NULL;
}
