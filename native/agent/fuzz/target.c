#include "../../fuzz/target.h"

#include <stdlib.h>
#include <string.h>

#include "../chunks.h"
#include "../frames.h"
#include "../die.h"
#include "../messages.h"
#include "../oom.h"
#include "../untar.h"
#include "../users.h"

// Reads every byte of a string, so that sanitizers detect a missing terminator.
static size_t sum;
static void touch(const char *string) {
    if (string) sum += strlen(string);
}

// Checks that a path that the agent resolves in one of its own directories never leads out of it.
static void expect_below(const char *path) {
    touch(path);
    bool out = path[0] == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../");
    size_t length = strlen(path);
    if (out || (length >= 3 && strcmp(path + length - 3, "/..") == 0)) abort();
}

static void fuzz_configure(uint8_t *bytes, size_t length) {
    static struct configuration c;
    struct failure failure;
    if (!parse_configure(bytes, length, &c, &failure)) return;
    touch(c.hostname);
    for (size_t i = 0; i < c.network_count; i++) {
        touch(c.networks[i].interface);
        touch(c.networks[i].address);
        touch(c.networks[i].gateway);
    }
    for (size_t i = 0; i < c.nameserver_count; i++) touch(c.nameservers[i]);
    for (size_t i = 0; i < c.network_server_count; i++) touch(c.network_servers[i]);
    for (size_t i = 0; i < c.tmpfs_count; i++) {
        touch(c.tmpfs[i].path);
        touch(c.tmpfs[i].options);
    }
    for (size_t i = 0; i < c.volume_count; i++) {
        touch(c.volumes[i].name);
        touch(c.volumes[i].path);
        // The name is a single entry of the share, whatever the host sends.
        if (strchr(c.volumes[i].name, '/') || c.volumes[i].path[0] != '/') abort();
    }
    for (size_t i = 0; i < c.sysctl_count; i++) {
        touch(c.sysctls[i].value);
        expect_below(c.sysctls[i].path);
    }
    for (size_t i = 0; i < c.device_count; i++) {
        touch(c.devices[i].path);
        expect_below(c.devices[i].name);
    }
    for (size_t i = 0; i < c.hosts.length; i++) sum += (size_t)c.hosts.bytes[i];
    for (size_t i = 0; i < c.resolv_conf.length; i++) sum += (size_t)c.resolv_conf.bytes[i];
}

// Checks that a path is absolute, without empty or special components.
static void expect_plain(const char *path) {
    size_t length = strlen(path);
    sum += length;
    if (path[0] != '/' || strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../")) abort();
    if (length > 1 && (path[length - 1] == '/' || strcmp(path + length - 2, "/.") == 0)) abort();
    if (length > 2 && strcmp(path + length - 3, "/..") == 0) abort();
}

static void expect_file(const struct file_request *file) {
    expect_plain(file->path);
    if (file->kind == FILE_RENAME) expect_plain(file->to);
    else if (file->to[0] != '\0') abort();
    if (file->kind > FILE_WATCH || file->mode > 07777 || file->flags & ~FILE_FLAG_ALL) abort();
}

static void fuzz_start(uint8_t *bytes, size_t length) {
    struct start start;
    struct failure failure;
    if (parse_start(bytes, length, &start, &failure)) {
        bool job = start.archive != ARCHIVE_NONE || start.copy.kind != COPY_NONE || start.task.kind != TASK_NONE ||
                   start.file.kind != FILE_NONE || start.dial.kind != DIAL_NONE;
        if (!start.argv[0] && !job) abort();
        touch(start.copy.path);
        touch(start.copy.name);
        if (start.task.kind == TASK_NETWORK) {
            touch(start.task.network.interface);
            touch(start.task.network.address);
            touch(start.task.network.server);
        }
        if (start.file.kind != FILE_NONE) expect_file(&start.file);
        if (start.dial.kind > DIAL_AWAIT || (start.dial.kind != DIAL_NONE && start.dial.port == 0)) abort();
        for (char **word = start.argv; *word; word++) touch(*word);
        for (char **word = start.env; *word; word++) touch(*word);
        for (const char **name = start.groups; *name; name++) touch(*name);
        for (size_t i = 0; i < start.filter.count * INSTRUCTION_BYTES; i++) sum += start.filter.instructions[i];
        if (start.filter.count > MAX_FILTER) abort();
        if (!start.on_terminal && start.terminal.rows + start.terminal.columns > 0) abort();
        touch(start.cwd);
        touch(start.user);
    }
    free_start(&start);
}

// Parses a stream of frames as the agent does.
static void fuzz_stream(const uint8_t *data, size_t size) {
    static struct message message;
    struct frame frame;
    message_clear(&message);
    while (read_frame(data, size, &frame) == 1) {
        for (size_t i = 0; i < frame.length; i++) sum += frame.payload[i];
        data += HEADER_BYTES + frame.length;
        size -= HEADER_BYTES + frame.length;
        if (frame.type == FRAME_RESIZE) {
            struct terminal terminal;
            if (parse_terminal(frame.payload, frame.length, &terminal) != (frame.length == 4)) abort();
        }
        if (frame.type != FRAME_CONFIGURE && frame.type != FRAME_START) continue;
        int complete = message_add(&message, &frame);
        if (complete < 0) return;
        if (complete == 0) continue;
        if (!message.too_large && frame.type == FRAME_CONFIGURE) fuzz_configure(message.bytes, message.length);
        if (!message.too_large && frame.type == FRAME_START) fuzz_start(message.bytes, message.length);
        message_clear(&message);
    }
}

// Runs a parser on a copy with exactly one spare byte, as messages have.
static void on_copy(const uint8_t *data, size_t size, void (*parser)(uint8_t *, size_t)) {
    uint8_t *copy = malloc(size + 1);
    if (!copy) return;
    if (size > 0) memcpy(copy, data, size);
    parser(copy, size);
    free(copy);
}

// Parsers must never die; only code that waits for devices does.
void die(const char *code, const char *format, ...) {
    (void)code;
    (void)format;
    abort();
}

// The first line is the user to resolve; the rest serves as both passwd and group.
static void fuzz_users(uint8_t *data, size_t size) {
    static struct identity identity;
    struct failure failure;
    uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    if (!newline) return;
    *newline = '\0';
    size_t length = size - (size_t)(newline + 1 - data);
    struct text file = {(const char *)newline + 1, length};
    if (!resolve_user((const char *)data, file, file, &identity, &failure)) return;
    if (identity.uid > MAX_ID || identity.gid > MAX_ID || identity.group_count > MAX_GROUPS) abort();
    touch(identity.home);
    const char *names[] = {(const char *)data, NULL};
    if (resolve_groups(names, file, &identity, &failure) && identity.group_count > MAX_GROUPS) abort();
}

// Bytes yet to be read.
static struct text unread;
static ssize_t read_memory(void *from, void *bytes, size_t length) {
    (void)from;
    // Short reads, as from a pipe.
    size_t part = length < 700 ? length : 700;
    if (part > unread.length) part = unread.length;
    memcpy(bytes, unread.bytes, part);
    unread.bytes += part;
    unread.length -= part;
    return (ssize_t)part;
}

// Recomputes checksums, without which a mutated block would no longer be accepted as a header.
static void repair_sums(uint8_t *data, size_t size) {
    for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
        unsigned total = 0;
        memset(data + at + 148, ' ', 8);
        for (size_t i = 0; i < TAR_BLOCK; i++) total += data[at + i];
        // All zeros mark the end.
        if (total == 8 * ' ') memset(data + at + 148, 0, 8);
        else
            for (size_t i = 0; i < 6; i++) data[at + 153 - i] = (uint8_t)('0' + (total >> 3 * i) % 8);
    }
}

static void fuzz_tar(uint8_t *data, size_t size) {
    static struct untar untar;
    struct untar_entry entry;
    struct untar_attribute attribute;
    struct failure failure;
    uint8_t piece[1000];
    if (size > 0 && data[0] & 1) repair_sums(data + 1, size - 1);
    unread = (struct text){(const char *)data + (size > 0), size - (size > 0)};
    untar.content = untar.padding = 0;
    untar.read = read_memory;
    for (size_t entries = 0; untar_next(&untar, &entry, &failure) == 1; entries++) {
        size_t at = 0;
        touch(entry.path);
        touch(entry.target);
        if (strlen(entry.path) > UNTAR_PATH || strlen(entry.target) > UNTAR_PATH || entry.mode > 07777) abort();
        if (entry.type < '0' || entry.type > '6' || (entry.type != '0' && entry.size > 0)) abort();
        if (entries % 2 == 0 && untar_data(&untar, piece, sizeof piece, &failure) > (ssize_t)sizeof piece) abort();
        while (untar_attribute(&untar, &at, &attribute)) {
            touch(attribute.name);
            for (size_t i = 0; i < attribute.length; i++) sum += ((const uint8_t *)attribute.value)[i];
        }
    }
}

// Checks that the content does not depend on how the stream is split into reads.
static void fuzz_chunks(const uint8_t *data, size_t size) {
    size_t totals[2] = {0};
    uint32_t sums[2] = {0};
    for (int round = 0; round < 2; round++) {
        struct chunks chunks = {0};
        size_t most = round == 0 ? size : 1 + size % 7;
        for (size_t at = 0; at < size; at += most) {
            size_t length = size - at < most ? size - at : most;
            const uint8_t *piece = data + at;
            const uint8_t *end = piece + length;
            const uint8_t *content = NULL;
            for (size_t part; (part = chunks_take(&chunks, &piece, &length, &content)) > 0;) {
                if (content < data + at || content + part > end || piece + length != end) abort();
                for (size_t i = 0; i < part; i++) sums[round] = sums[round] * 31 + content[i];
                totals[round] += part;
            }
            if (length > 0 && !chunks.ended && !chunks.broken) abort();
            if (chunks.left > MAX_CHUNK && !chunks.broken) abort();
        }
    }
    if (totals[0] != totals[1] || sums[0] != sums[1]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 7) {
    case 0:
        fuzz_stream(data + 1, size - 1);
        break;
    case 1:
        on_copy(data + 1, size - 1, fuzz_configure);
        break;
    case 2:
        on_copy(data + 1, size - 1, fuzz_start);
        break;
    case 3:
        on_copy(data + 1, size - 1, fuzz_users);
        break;
    case 4:
        on_copy(data + 1, size - 1, fuzz_tar);
        break;
    case 6:
        fuzz_chunks(data + 1, size - 1);
        break;
    default:
        sum += oom_is_about((const char *)data + 1, size - 1, 430);
    }
    return 0;
}
