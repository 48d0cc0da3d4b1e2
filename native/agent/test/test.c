// Tests of code that needs no guest. Built with sanitizers; stops at the first failure.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../chunks.h"
#include "../dangling.h"
#include "../die.h"
#include "../frames.h"
#include "../generated.h"
#include "../messages.h"
#include "../oom.h"
#include "../port_find.h"
#include "../streams.h"
#include "../tar.h"
#include "../targets.h"
#include "../unpack.h"
#include "../untar.h"
#include "../users.h"
#include "../watches.h"

#define EXPECT(condition)                                                                    \
    do {                                                                                     \
        if (!(condition)) {                                                                  \
            (void)printf("%s:%d: expectation failed: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                         \
        }                                                                                    \
    } while (0)

// The agent's die() ends the VM.
void die(const char *code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)printf("died (%s): ", code);
    (void)vprintf(format, arguments);
    va_end(arguments);
    exit(1);
}
void die_to(int port) { (void)port; }
int port_find(const char *name) {
    (void)name;
    return -1;
}

#define TEXT(string) ((struct text){string, sizeof(string) - 1})

static const struct text PASSWD =
    TEXT("# comment\nroot:x:0:0:root:/root:/bin/sh\n\nanna:x:1000:100:Anna:/home/anna:/bin/sh\n"
         "1000:x:55:55:::\nbad:x:99999999999:1:::\nnohome:x:7:7");
static const struct text GROUP =
    TEXT("root:x:0:\nusers:x:100:\nwheel:x:10:root,anna\nvideo:x:44:bob,anna,carl\n9:x:12:");

static void expect_user(const char *who, uid_t uid, gid_t gid, size_t groups, const char *home) {
    static struct identity identity;
    struct failure failure;
    EXPECT(resolve_user(who, PASSWD, GROUP, &identity, &failure));
    EXPECT(identity.uid == uid && identity.gid == gid && identity.group_count == groups);
    EXPECT(identity.groups[0] == gid);
    EXPECT(strcmp(identity.home, home) == 0);
}

static void test_users(void) {
    static struct identity identity;
    struct failure failure;
    expect_user("", 0, 0, 2, "/root");
    expect_user("anna", 1000, 100, 3, "/home/anna");
    // A number is a uid even if a user has that name.
    expect_user("1000", 1000, 100, 3, "/home/anna");
    expect_user("anna:video", 1000, 44, 1, "/home/anna");
    expect_user("anna:9", 1000, 9, 1, "/home/anna");
    expect_user("4321:8765", 4321, 8765, 1, "/");
    expect_user("4321", 4321, 0, 1, "/");
    expect_user("nohome", 7, 7, 1, "/");
    EXPECT(!resolve_user("bad", PASSWD, GROUP, &identity, &failure) && strcmp(failure.code, "no-user") == 0);
    EXPECT(!resolve_user("anna:none", PASSWD, GROUP, &identity, &failure));
    EXPECT(!resolve_user("2147483648", PASSWD, GROUP, &identity, &failure));
    struct text none = {"", 0};
    EXPECT(resolve_user("", none, none, &identity, &failure) && strcmp(identity.home, "/root") == 0);
    EXPECT(!resolve_user("root", none, none, &identity, &failure));

    static const char *const NAMES[] = {"video", "4321", "root", NULL};
    EXPECT(resolve_user("anna:7", PASSWD, GROUP, &identity, &failure));
    EXPECT(resolve_groups(NAMES, GROUP, &identity, &failure) && identity.group_count == 4);
    EXPECT(identity.gid == 7 && identity.groups[1] == 44 && identity.groups[2] == 4321 && identity.groups[3] == 0);
    static const char *const UNKNOWN[] = {"nobody-here", NULL};
    EXPECT(!resolve_groups(UNKNOWN, GROUP, &identity, &failure) && strcmp(failure.code, "no-user") == 0);
}

static size_t put_record(uint8_t *at, uint8_t tag, const void *value, size_t length) {
    at[0] = tag;
    write_u32(at + 1, (uint32_t)length);
    memcpy(at + 5, value, length);
    return length + 5;
}

static void test_messages(void) {
    uint8_t bytes[256];
    static struct configuration c;
    struct start start;
    struct failure failure;
    size_t length = put_record(bytes, 1, "crate", 5);
    length += put_record(bytes + length, 5, "\0010\0/v", 5);
    length += put_record(bytes + length, 4, "/t\0size=1", 9);
    EXPECT(parse_configure(bytes, length, &c, &failure));
    EXPECT(strcmp(c.hostname, "crate") == 0 && c.volumes[0].read_only && !c.volumes[0].file);
    EXPECT(strcmp(c.volumes[0].name, "0") == 0 && strcmp(c.volumes[0].path, "/v") == 0);
    EXPECT(strcmp(c.tmpfs[0].options, "size=1") == 0);

    length = put_record(bytes, 5, "\0..\0/v", 6);
    EXPECT(!parse_configure(bytes, length, &c, &failure));
    length = put_record(bytes, 5, "\0a/b\0/v", 7);
    EXPECT(!parse_configure(bytes, length, &c, &failure));
    length = put_record(bytes, 1, "crate", 5);
    EXPECT(!parse_configure(bytes, length - 1, &c, &failure));

    length = put_record(bytes, 10,
                        "net/core/somaxconn\0"
                        "64",
                        21);
    length += put_record(bytes + length, 11, "\x40\0\0\0", 4);
    length += put_record(bytes + length, 14, "\1net/tun\0/dev/x", 15);
    length += put_record(bytes + length, 17, "\x50\xc3\0\0", 4);
    EXPECT(parse_configure(bytes, length, &c, &failure) && c.sysctl_count == 1 && c.pids_limit == 64);
    EXPECT(c.cpu_limit == 50000);
    EXPECT(strcmp(c.sysctls[0].path, "net/core/somaxconn") == 0 && strcmp(c.sysctls[0].value, "64") == 0);
    EXPECT(strcmp(c.devices[0].name, "net/tun") == 0 && c.devices[0].access == DEVICE_READ);
    static const char *const UNSAFE[] = {"/etc/passwd", "..", "../x", "net/../../x", "net/..", "", "net//x"};
    for (size_t i = 0; i < sizeof UNSAFE / sizeof UNSAFE[0]; i++) {
        char value[64];
        (void)snprintf(value, sizeof value, "%s", UNSAFE[i]);
        length = put_record(bytes, 10, value, strlen(value) + 1);
        EXPECT(!parse_configure(bytes, length, &c, &failure));
    }
    length = put_record(bytes, 12, "\2", 1);
    EXPECT(!parse_configure(bytes, length, &c, &failure));

    length = put_record(bytes, 6,
                        "eth1\0"
                        "10.89.7.2/24\0",
                        18);
    for (int i = 0; i < MAX_NAMESERVERS; i++) length += put_record(bytes + length, 16, "10.89.7.1", 9);
    EXPECT(parse_configure(bytes, length, &c, &failure) && strcmp(c.networks[0].gateway, "") == 0);
    EXPECT(c.nameserver_count == MAX_NAMESERVERS && strcmp(c.nameservers[MAX_NAMESERVERS - 1], "10.89.7.1") == 0);
    length += put_record(bytes + length, 16, "10.89.7.1", 9);
    EXPECT(!parse_configure(bytes, length, &c, &failure));
    length = 0;
    for (int i = 0; i < MAX_NETWORK_SERVERS; i++) length += put_record(bytes + length, 18, "10.89.8.1", 9);
    EXPECT(parse_configure(bytes, length, &c, &failure) && c.network_server_count == MAX_NETWORK_SERVERS);
    EXPECT(c.nameserver_count == 0 && strcmp(c.network_servers[MAX_NETWORK_SERVERS - 1], "10.89.8.1") == 0);
    length += put_record(bytes + length, 18, "10.89.8.1", 9);
    EXPECT(!parse_configure(bytes, length, &c, &failure));
    length = put_record(bytes, 16,
                        "1\0"
                        "2",
                        3);
    EXPECT(!parse_configure(bytes, length, &c, &failure));

    length = put_record(bytes, 1, "sh", 2);
    length += put_record(bytes + length, 2, "A=1", 3);
    length += put_record(bytes + length, 3, "/w", 2);
    EXPECT(parse_start(bytes, length, &start, &failure));
    EXPECT(strcmp(start.argv[0], "sh") == 0 && !start.argv[1] && strcmp(start.env[0], "A=1") == 0);
    EXPECT(strcmp(start.cwd, "/w") == 0 && strcmp(start.user, "") == 0);
    free_start(&start);
    length = put_record(bytes, 1, "a\0b", 3);
    EXPECT(!parse_start(bytes, length, &start, &failure));
    free_start(&start);
    EXPECT(!parse_start(bytes, 0, &start, &failure));
    free_start(&start);
}

// Parses a START with one argument and this record.
static bool parse_with(uint8_t tag, const void *value, size_t length, struct start *start) {
    static uint8_t bytes[(MAX_FILTER + 8) * INSTRUCTION_BYTES];
    struct failure failure;
    size_t used = put_record(bytes, 1, "sh", 2);
    used += put_record(bytes + used, tag, value, length);
    bool parsed = parse_start(bytes, used, start, &failure);
    free_start(start);
    return parsed;
}

static bool parse_file(uint8_t kind, uint8_t flags, uint32_t mode, const char *path, const char *to) {
    uint8_t value[128] = {kind, flags};
    static struct start start;
    size_t length = strlen(path);
    write_u32(value + 2, mode);
    memcpy(value + 22, path, length + 1);
    memcpy(value + 23 + length, to, strlen(to));
    return parse_with(14, value, 23 + length + strlen(to), &start) && start.file.kind == kind;
}

static void test_security_records(void) {
    static uint8_t zeros[4 + (MAX_FILTER + 1) * INSTRUCTION_BYTES];
    struct start start;
    EXPECT(parse_with(8, "\xfb\x25\4\xa8\1\0\0\0", 8, &start) && start.capabilities == 0x1a80425fb);
    EXPECT(!parse_with(8, zeros, 4, &start));
    EXPECT(parse_with(9, zeros, 4 + MAX_FILTER * INSTRUCTION_BYTES, &start) && start.filter.count == MAX_FILTER);
    EXPECT(!parse_with(9, zeros, 4 + (MAX_FILTER + 1) * INSTRUCTION_BYTES, &start));
    EXPECT(!parse_with(9, zeros, 4, &start) && !parse_with(9, zeros, 3, &start));
    EXPECT(!parse_with(9, zeros, 4 + INSTRUCTION_BYTES + 1, &start));
    EXPECT(parse_with(15, "\x18\xfc\xff\xff", 4, &start) && start.oom_score_adj == -1000);
    EXPECT(parse_with(15, "\xe8\3\0\0", 4, &start) && start.oom_score_adj == 1000);
    EXPECT(!parse_with(15, "\xe9\3\0\0", 4, &start) && !parse_with(15, "\0\0\0\x80", 4, &start));
    EXPECT(!parse_with(15, "\0\0", 2, &start));
    EXPECT(parse_with(7, "\7\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 17, &start));
    EXPECT(start.limits[7].set && start.limits[7].soft == 1 && start.limits[7].hard == 2 && !start.limits[6].set);
    EXPECT(!parse_with(7, "\7\3\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 17, &start));
    EXPECT(!parse_with(7, "\x10\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 17, &start));
    EXPECT(!parse_with(5, "\x10\0\0\0", 4, &start));
    EXPECT(!parse_with(6, "a\0b", 3, &start));
    EXPECT(parse_with(11, "\x18\0\x50\1", 4, &start) && start.on_terminal);
    EXPECT(start.terminal.rows == 24 && start.terminal.columns == 336);
    EXPECT(!parse_with(11, "\x18\0\x50", 3, &start) && !parse_with(11, "\x18\0\x50\0\0", 5, &start));
    EXPECT(parse_with(12, "\1\1/etc\0x", 8, &start) && start.copy.kind == COPY_READ && start.copy.follow);
    EXPECT(!parse_with(12, "\1\1/etc", 6, &start) && !parse_with(12, "\1\1etc\0x", 7, &start));
    EXPECT(!parse_with(12, "\4\0/\0", 4, &start) && !parse_with(12, "\1\4/\0", 4, &start));
    EXPECT(!parse_with(12, "\1", 1, &start));
    EXPECT(parse_with(13, "\1", 1, &start) && start.task.kind == TASK_FREEZE);
    EXPECT(parse_with(13, "\5\2\x50\xc3\0\0", 6, &start) && start.task.value == 50000);
    static const char NETWORK[] = "\6\1eth1\00010.89.7.2/24\00010.89.7.1";
    EXPECT(parse_with(13, NETWORK, sizeof NETWORK - 1, &start) && start.task.network.action == NETWORK_ADD);
    EXPECT(strcmp(start.task.network.interface, "eth1") == 0);
    EXPECT(strcmp(start.task.network.address, "10.89.7.2/24") == 0);
    EXPECT(strcmp(start.task.network.server, "10.89.7.1") == 0);
    EXPECT(!parse_with(13, NETWORK, 10, &start) && !parse_with(13, NETWORK, 1, &start));
    EXPECT(!parse_with(13, "\6\3a\0b\0c", 7, &start) && !parse_with(13, "\6\1a\0b\0c\0d", 9, &start));
    EXPECT(!parse_with(13, "\1\0", 2, &start) && !parse_with(13, "\5\3\0\0\0\0", 6, &start));
    EXPECT(parse_with(13, "\2\1\0\0\0\0\0\0\0", 9, &start) && start.task.clock_ns == 1);
    EXPECT(!parse_with(13, "\2", 1, &start));
    EXPECT(parse_file(2, 0, 0, "/a/b", "") && parse_file(1, 1, 0, "/", "") && parse_file(5, 0, 0, "/a", "/b"));
    EXPECT(parse_with(16, "\2\xfc\x0f", 3, &start) && start.dial.kind == DIAL_AWAIT && start.dial.port == 4092);
    EXPECT(!parse_with(16, "\2\0\0", 3, &start) && !parse_with(16, "\3\1\0", 3, &start));
    EXPECT(!parse_with(16, "\1\1", 2, &start) && !parse_with(16, "\1\1\0\0", 4, &start));
    EXPECT(parse_file(3, 18, 07777, "/a", "") && !parse_file(3, 16, 010000, "/a", ""));
    EXPECT(!parse_file(5, 0, 0, "/a", "") && !parse_file(2, 0, 0, "/a", "/b") && !parse_file(9, 0, 0, "/a", ""));
    EXPECT(!parse_file(0, 0, 0, "/a", "") && !parse_file(2, 32, 0, "/a", ""));
    static const char *const REFUSED[] = {"", "a", "//", "/a/", "/a//b", "/.", "/..", "/a/..", "/a/./b", "/../a"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) EXPECT(!parse_file(2, 0, 0, REFUSED[i], ""));
    EXPECT(parse_file(2, 0, 0, "/...", "") && parse_file(2, 0, 0, "/.a/..b/c.", ""));
    EXPECT(!parse_with(13, "\6", 1, &start) && !parse_with(13, "\5\1\0\0\0", 5, &start));
}

static int dropped_count;
static void count_dropped(int wd) { dropped_count += wd; }

static void test_watches(void) {
    static struct watches watches;
    char path[MAX_PATH + 1];
    EXPECT(watches_set(&watches, 5, 0, "") && watches_set(&watches, 7, 5, "a") && watches_set(&watches, 9, 7, "b"));
    // Descriptors need not be added in ascending order.
    EXPECT(watches_set(&watches, 1, 9, "c") && watches_set(&watches, 3, 5, "z") && watches.count == 5);
    EXPECT(watches_path(&watches, 5, "", path) && strcmp(path, "") == 0);
    EXPECT(watches_path(&watches, 5, "f", path) && strcmp(path, "f") == 0);
    EXPECT(watches_path(&watches, 1, "f", path) && strcmp(path, "a/b/c/f") == 0);
    EXPECT(watches_path(&watches, 1, "", path) && strcmp(path, "a/b/c") == 0);
    EXPECT(!watches_path(&watches, 2, "f", path));
    int place = watches_find_child(&watches, 7, "b");
    EXPECT(place >= 0 && watches.all[place].wd == 9 && watches_find_child(&watches, 7, "c") < 0);
    // Renaming a directory changes the paths of everything below it.
    EXPECT(watches_set(&watches, 9, 3, "y") && watches_path(&watches, 1, "", path) && strcmp(path, "z/y/c") == 0);
    watches_remove_tree(&watches, 3, count_dropped);
    EXPECT(dropped_count == 3 + 9 + 1 && watches.count == 2 && watches_find(&watches, 7) >= 0);
    // A broken or circular chain of parents has no path, and following it terminates.
    EXPECT(watches_set(&watches, 11, 12, "x") && !watches_path(&watches, 11, "", path));
    EXPECT(watches_set(&watches, 12, 11, "x") && !watches_path(&watches, 11, "", path));
    watches_remove_tree(&watches, 5, count_dropped);
    EXPECT(watches.count == 0);
    char name[NAME_MAX + 1];
    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    EXPECT(watches_set(&watches, 1, 0, ""));
    for (int wd = 2; wd <= 17; wd++) {
        EXPECT(watches_set(&watches, wd, wd - 1, name));
        EXPECT(watches_path(&watches, wd, "", path) == (wd <= 16));
    }
    EXPECT(!watches_path(&watches, 16, name, path));
    watches_clear(&watches);
    for (int wd = 1; wd <= MAX_WATCHES; wd++) EXPECT(watches_set(&watches, wd, 0, "x"));
    EXPECT(!watches_set(&watches, MAX_WATCHES + 1, 0, "x") && errno == ENOSPC);
    free(watches.all);
}

static void test_chunks(void) {
    static const uint8_t bytes[] = {2, 0, 0, 0, 'a', 'b', 1, 0, 0, 0, 'c', 0, 0, 0, 0, 'x'};
    char got[8] = "";
    struct chunks chunks = {0};
    for (size_t i = 0; i < sizeof bytes; i++) {
        const uint8_t *at = bytes + i;
        const uint8_t *content = NULL;
        size_t length = 1;
        if (chunks_take(&chunks, &at, &length, &content) == 1) (void)strncat(got, (const char *)content, 1);
        EXPECT(chunks.ended == (i >= 14) && !chunks.broken);
    }
    EXPECT(strcmp(got, "abc") == 0);
    static const uint8_t large[] = {1, 0, 16, 0, 'x'};
    const uint8_t *at = large;
    const uint8_t *content = NULL;
    size_t length = sizeof large;
    chunks = (struct chunks){0};
    EXPECT(chunks_take(&chunks, &at, &length, &content) == 0 && chunks.broken && !chunks.ended);
}

static void test_frames(void) {
    uint8_t bytes[HEADER_BYTES];
    struct frame frame;
    write_header(bytes, FRAME_STDIN, 1023, MAX_PAYLOAD);
    EXPECT(read_frame(bytes, sizeof bytes - 1, &frame) == 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == 0 && frame.channel == 1023);
    write_header(bytes, FRAME_STDIN, 1, MAX_PAYLOAD + 1);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_STDIN, 1024, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_STDIN, 0, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_STDOUT, 1, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_RESIZE, 0, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_RESIZE, 1, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == 1);
    write_header(bytes, FRAME_WAKE, 0, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == 1);
    write_header(bytes, FRAME_WAKE, 1, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_STDIN, 1, 0);
    bytes[5] = FRAME_MORE;
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    bytes[5] = FRAME_FOR_SIDECAR;
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == 1 && frame.flags == FRAME_FOR_SIDECAR);
    bytes[5] = 4;
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);
    write_header(bytes, FRAME_SIDECAR, 0, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == 1);
    write_header(bytes, FRAME_SIDECAR, 1, 0);
    EXPECT(read_frame(bytes, sizeof bytes, &frame) == -1);

    static struct message message;
    static uint8_t payload[MAX_PAYLOAD];
    frame = (struct frame){FRAME_START, FRAME_MORE, 1, MAX_PAYLOAD, payload};
    for (int i = 0; i < MAX_MESSAGE / MAX_PAYLOAD; i++)
        EXPECT(message_add(&message, &frame) == 0 && !message.too_large);
    frame.flags = 0;
    frame.length = 1;
    EXPECT(message_add(&message, &frame) == 1 && message.too_large);
    message_clear(&message);
    frame.flags = FRAME_MORE;
    EXPECT(message_add(&message, &frame) == 0);
    frame.channel = 2;
    EXPECT(message_add(&message, &frame) == -1);
}

static struct port *open_port(int *host) {
    static struct port port;
    int ends[2];
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    port = (struct port){.fd = ends[0], .readable = true, .writable = true};
    *host = ends[1];
    return &port;
}

// Empties the port and returns the sum of its window updates.
static uint32_t given_back(struct port *port) {
    uint32_t sum = 0;
    for (size_t at = port->out_start; at < port->out_end; at += HEADER_BYTES + read_u32(port->out + at)) {
        if (port->out[at + 4] == FRAME_WINDOW) sum += read_u32(port->out + at + HEADER_BYTES + 1);
    }
    port->out_start = port->out_end = 0;
    return sum;
}

static void test_input(void) {
    static uint8_t payload[MAX_PAYLOAD];
    struct frame frame = {FRAME_STDIN, 0, 1, MAX_PAYLOAD, payload};
    struct input input;
    int host;
    int pipe[2];
    struct port *port = open_port(&host);

    EXPECT(pipe2(pipe, O_NONBLOCK) == 0 && input_open(&input, pipe[1]));
    for (int i = 0; i < 4; i++) EXPECT(input_take(&input, &frame));
    // The window is used up, regardless of the pipe's contents.
    (void)input_pump(&input, port, 1);
    uint32_t back = given_back(port);
    EXPECT(back == 0 || back >= STREAM_WINDOW / 4);
    frame.length = back + 1 > MAX_PAYLOAD ? MAX_PAYLOAD : back + 1;
    EXPECT(back >= MAX_PAYLOAD || !input_take(&input, &frame));
    // All input comes out, and the whole window is returned.
    size_t received = 0;
    static uint8_t sink[MAX_PAYLOAD];
    for (;;) {
        ssize_t got = read(pipe[0], sink, sizeof sink);
        if (got <= 0) break;
        received += (size_t)got;
        input.writable = true;
        (void)input_pump(&input, port, 1);
        back += given_back(port);
    }
    EXPECT(received == STREAM_WINDOW && back == STREAM_WINDOW);
    // Input for a program that has closed its stdin is dropped, and its window returned.
    frame.length = MAX_PAYLOAD;
    EXPECT(input_take(&input, &frame));
    (void)close(pipe[0]);
    input.writable = true;
    (void)input_pump(&input, port, 1);
    EXPECT(input.dropped && given_back(port) == MAX_PAYLOAD);
    for (int i = 0; i < 20; i++) {
        EXPECT(input_take(&input, &frame));
        (void)input_pump(&input, port, 1);
        EXPECT(given_back(port) == MAX_PAYLOAD);
    }
    frame.length = 0;
    EXPECT(input_take(&input, &frame));
    frame.length = 1;
    EXPECT(!input_take(&input, &frame));
    input_close(&input);
    (void)close(host);
    (void)close(port->fd);
}

static void test_output(void) {
    struct output output;
    int host;
    int pipe[2];
    struct port *port = open_port(&host);
    static uint8_t noise[STREAM_WINDOW];
    EXPECT(pipe2(pipe, O_NONBLOCK) == 0);
    EXPECT(fcntl(pipe[1], F_SETPIPE_SZ, 2 * STREAM_WINDOW) > 0);
    EXPECT(write(pipe[1], noise, sizeof noise) == (ssize_t)sizeof noise && write(pipe[1], noise, 10) == 10);
    output_open(&output, pipe[0]);
    size_t sent = 0;
    // Sends no more than the window, although more is available.
    while (output_pump(&output, port, 1, FRAME_STDOUT)) {
        sent += read_u32(port->out + port->out_start);
        port->out_start = port->out_end = 0;
    }
    EXPECT(sent == STREAM_WINDOW && output.window == 0 && !output_drained(&output));
    output.window = 100;
    EXPECT(output_pump(&output, port, 1, FRAME_STDOUT) && output.window == 90);
    (void)close(pipe[1]);
    EXPECT(!output_pump(&output, port, 1, FRAME_STDOUT) && output_drained(&output));
    (void)close(host);
    (void)close(port->fd);
}

static void test_targets(void) {
    char folder[] = "/tmp/box-agent-XXXXXX";
    struct failure failure;
    struct stat status;
    EXPECT(mkdtemp(folder) && chdir(folder) == 0);
    EXPECT(make_target("a/b/c", true, &failure) && stat("a/b/c", &status) == 0 && S_ISDIR(status.st_mode));
    EXPECT(make_target("a/x/file", false, &failure) && stat("a/x/file", &status) == 0 && S_ISREG(status.st_mode));
    EXPECT(!make_target("a/x/file", true, &failure) && !make_target("a", false, &failure));
    EXPECT(symlink("../far/away", "a/link") == 0 && make_target("a/link", false, &failure));
    EXPECT(stat("far/away", &status) == 0 && S_ISREG(status.st_mode));
    EXPECT(symlink("loop", "loop") == 0 && !make_target("loop/x", true, &failure));
    EXPECT(symlink("more/one", "more") == 0 && !make_target("more/two", true, &failure));
    // The parent directory keeps its time.
    const struct timespec times[] = {{.tv_sec = 5, .tv_nsec = 7}, {.tv_sec = 5, .tv_nsec = 7}};
    EXPECT(utimensat(AT_FDCWD, "a/b", times, 0) == 0 && make_target("a/b/new", false, &failure));
    EXPECT(stat("a/b", &status) == 0 && status.st_mtim.tv_sec == 5 && status.st_mtim.tv_nsec == 7);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    EXPECT(chdir("/") == 0 && system(command) == 0);
}

static bool dangles_to(const char *folder, const char *name, const char *expected) {
    char path[PATH_MAX];
    char resolved[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!resolve_dangling(path, resolved)) return expected == NULL;
    return expected && strncmp(resolved, folder, strlen(folder)) == 0 &&
           strcmp(resolved + strlen(folder), expected) == 0;
}

static void test_dangling(void) {
    char folder[] = "/tmp/box-agent-XXXXXX";
    EXPECT(mkdtemp(folder) && chdir(folder) == 0 && mkdir("sub", 0700) == 0);
    EXPECT(symlink("sub/new", "one") == 0 && dangles_to(folder, "one", "/sub/new"));
    EXPECT(symlink("../one", "sub/two") == 0 && dangles_to(folder, "sub/two", "/sub/new"));
    EXPECT(symlink("/proc/self/cwd/sub/absolute", "three") == 0 && dangles_to(folder, "three", "/sub/absolute"));
    EXPECT(symlink("no/where", "lost") == 0 && dangles_to(folder, "lost", NULL) && errno == ENOENT);
    EXPECT(symlink("loop", "loop") == 0 && dangles_to(folder, "loop", NULL) && errno == ELOOP);
    EXPECT(symlink("missing/", "slash") == 0 && dangles_to(folder, "slash", NULL));
    EXPECT(dangles_to(folder, "missing", NULL) && dangles_to(folder, "sub", NULL));
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    EXPECT(chdir("/") == 0 && system(command) == 0);
}

static void test_generated(void) {
    size_t length = 0;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0 && is_generated(fd));
    uint8_t *content = read_generated(fd, &length);
    EXPECT(content && length > 100 && memcmp(content, "Name:", 5) == 0);
    free(content);
    (void)close(fd);
    fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0 && !is_generated(fd) && !read_generated(fd, &length) && errno == EFBIG);
    (void)close(fd);
}

static void test_oom(void) {
    static const char record[] = "3,812,14080795,-;Out of memory: Killed process 430 (tail) total-vm:1kB";
    EXPECT(oom_is_about(record, sizeof record - 1, 430) && !oom_is_about(record, sizeof record - 1, 43));
    EXPECT(!oom_is_about(record, 47, 430) && !oom_is_about("", 0, 0));
    EXPECT(oom_is_about(record, sizeof record - 1, 0) && !oom_is_about("3,1,1,-;nothing", 15, 0));
    // Written by a program.
    static const char forged[] = "12,813,14080795,-;Out of memory: Killed process 430 (tail)";
    EXPECT(!oom_is_about(forged, sizeof forged - 1, 430));
}

static ssize_t read_file(void *from, void *bytes, size_t length) { return read(*(int *)from, bytes, length); }

static void expect_path(const char *path, const char *shortest) {
    char copy[64];
    (void)snprintf(copy, sizeof copy, "%s", path);
    EXPECT(unpack_path(copy) == (shortest != NULL) && (!shortest || strcmp(copy, shortest) == 0));
}

// Reads with untar.c what tar.c has written.
static void test_tar(void) {
    static struct tar tar;
    static struct untar untar;
    struct untar_entry entry;
    struct untar_attribute attribute;
    struct failure failure;
    char name[151];
    uint8_t content[600];
    int file = fileno(tmpfile());
    struct stat status = {.st_mode = 04751, .st_uid = 3000000, .st_gid = 7, .st_mtime = 1700000000};
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memset(content, 'c', sizeof content);
    tar_open(&tar, file);
    tar_attribute(&tar, "user.key", "v\0w", 3);
    tar_entry(&tar, &(struct tar_entry){.path = name, .type = '0', .size = sizeof content, .status = &status});
    tar_data(&tar, content, sizeof content);
    tar_pad(&tar, sizeof content);
    tar_entry(&tar, &(struct tar_entry){.path = "a/link", .target = name, .type = '2', .status = &status});
    EXPECT(tar_end(&tar) && lseek(file, 0, SEEK_SET) == 0);

    untar.read = read_file;
    untar.from = &file;
    EXPECT(untar_next(&untar, &entry, &failure) == 1 && strcmp(entry.path, name) == 0 && entry.type == '0');
    EXPECT(entry.uid == 3000000 && entry.gid == 7 && entry.mode == 04751 && entry.mtime == 1700000000);
    size_t at = 0;
    EXPECT(untar_attribute(&untar, &at, &attribute) && strcmp(attribute.name, "user.key") == 0);
    EXPECT(attribute.length == 3 && memcmp(attribute.value, "v\0w", 3) == 0 &&
           !untar_attribute(&untar, &at, &attribute));
    EXPECT(untar_data(&untar, content, 500, &failure) == 500);
    EXPECT(untar_next(&untar, &entry, &failure) == 1 && strcmp(entry.path, "a/link") == 0);
    EXPECT(strcmp(entry.target, name) == 0 && entry.type == '2' && entry.size == 0);
    EXPECT(untar_next(&untar, &entry, &failure) == 0);
    // Truncated in the middle of the content.
    EXPECT(lseek(file, 0, SEEK_SET) == 0 && ftruncate(file, 1800) == 0);
    EXPECT(untar_next(&untar, &entry, &failure) == 1 && untar_next(&untar, &entry, &failure) == -1);

    expect_path("/a//b/./c/", "a/b/c");
    expect_path("./", "");
    expect_path("a/..b/.c", "a/..b/.c");
    expect_path("a/../b", NULL);
    expect_path("..", NULL);
    expect_path("a/..", NULL);
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN);
    test_frames();
    test_chunks();
    test_watches();
    test_messages();
    test_security_records();
    test_users();
    test_input();
    test_output();
    test_targets();
    test_dangling();
    test_generated();
    test_oom();
    test_tar();
    return 0;
}
