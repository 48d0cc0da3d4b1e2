#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "../frames.h"
#include "../die.h"
#include "../messages.h"
#include "../oom.h"
#include "../users.h"

// Reads every byte that a string claims to have, so that a sanitizer sees one too many.
static size_t sum;
static void touch(const char *string) {
    if (string) sum += strlen(string);
}

// A path that the agent takes from a folder of its own never leads out of it.
static void expect_below(const char *path) {
    touch(path);
    bool out = path[0] == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../");
    size_t length = strlen(path);
    if (out || (length >= 3 && strcmp(path + length - 3, "/..") == 0)) abort();
}

static void fuzz_configure(uint8_t *bytes, size_t length) {
    static struct configuration c;
    struct failure failure;
    if (parse_configure(bytes, length, &c, &failure) < 0) return;
    touch(c.hostname);
    for (size_t i = 0; i < c.network_count; i++) {
        touch(c.networks[i].interface);
        touch(c.networks[i].address);
        touch(c.networks[i].gateway);
    }
    for (size_t i = 0; i < c.nameserver_count; i++) touch(c.nameservers[i]);
    for (size_t i = 0; i < c.tmpfs_count; i++) {
        touch(c.tmpfs[i].path);
        touch(c.tmpfs[i].options);
    }
    for (size_t i = 0; i < c.volume_count; i++) {
        touch(c.volumes[i].name);
        touch(c.volumes[i].path);
        // The name is one entry of the share, whatever the host says.
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

static void fuzz_start(uint8_t *bytes, size_t length) {
    struct start start;
    struct failure failure;
    if (parse_start(bytes, length, &start, &failure) == 0) {
        if (!start.argv[0]) abort();
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

// The stream of frames as the agent reads it.
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

// Runs a parser on a copy with exactly one byte to spare, as a message has.
static void on_copy(const uint8_t *data, size_t size, void (*parser)(uint8_t *, size_t)) {
    uint8_t *copy = malloc(size + 1);
    if (!copy) return;
    if (size > 0) memcpy(copy, data, size);
    parser(copy, size);
    free(copy);
}

// Only what waits for devices dies.
void die(const char *code, const char *format, ...) {
    (void)code;
    (void)format;
    abort();
}

// The first line is who, the rest both passwd and group.
static void fuzz_users(uint8_t *data, size_t size) {
    static struct identity identity;
    struct failure failure;
    uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    if (!newline) return;
    *newline = '\0';
    size_t length = size - (size_t)(newline + 1 - data);
    struct text file = {(const char *)newline + 1, length};
    if (resolve_user((const char *)data, file, file, &identity, &failure) < 0) return;
    if (identity.uid > MAX_ID || identity.gid > MAX_ID || identity.group_count > MAX_GROUPS) abort();
    touch(identity.home);
    const char *names[] = {(const char *)data, NULL};
    if (resolve_groups(names, file, &identity, &failure) == 0 && identity.group_count > MAX_GROUPS) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 5) {
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
    default:
        sum += oom_is_about((const char *)data + 1, size - 1, 430);
    }
    return 0;
}
