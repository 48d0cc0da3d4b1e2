/*
 * The first process of a guest whose agent was replaced: attacks the host as /attack on the boot disk says. Built with
 * the agent's own code for finding the port and ending the VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "die.h"
#include "frames.h"
#include "port_find.h"

enum { FLOOD_BYTES = 256 << 20, CONSOLE_BYTES = 80 << 10, BLOCK = 32 << 10 };

static int port = -1;

static void must(bool done, const char *what) {
    if (!done) die("failed", "hostile-init: %s: %s", what, strerror(errno));
}

/* Once the host has closed the connection, no further attack is possible. */
static void say(int fd, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = write(fd, bytes, length);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) end_vm();
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Encodes a frame into BYTES, which must be large enough. Returns its length. */
static size_t put_frame(uint8_t *bytes, enum frame_type type, uint16_t channel, const void *payload, uint32_t length) {
    write_header(bytes, type, channel, length);
    if (length > 0) memcpy(bytes + HEADER_BYTES, payload, length);
    return HEADER_BYTES + length;
}

static void frame(enum frame_type type, uint16_t channel, const void *payload, uint32_t length) {
    uint8_t bytes[HEADER_BYTES + 512];
    must(length <= sizeof bytes - HEADER_BYTES, "a frame");
    say(port, bytes, put_frame(bytes, type, channel, payload, length));
}

static void flood(enum frame_type type, uint16_t channel, const void *payload, uint32_t length) {
    static uint8_t block[BLOCK];
    size_t filled = 0;
    while (filled + HEADER_BYTES + length <= sizeof block) filled += put_frame(block + filled, type, channel, payload, length);
    for (size_t sent = 0; sent < FLOOD_BYTES; sent += filled) say(port, block, filled);
}

static void greet(void) {
    static const uint8_t version[] = {1, 2, 0, 0, 0, 1, 0};
    frame(FRAME_HELLO, 0, version, sizeof version);
}

/* Plays an agent until its workload runs. Reads almost nothing that the host sends, and nothing from then on. */
static void run(void) {
    static const uint8_t pid[] = {7, 0, 0, 0};
    uint8_t first[HEADER_BYTES];
    greet();
    must(read(port, first, sizeof first) > 0, "the host's CONFIGURE");
    frame(FRAME_CONFIGURED, 0, NULL, 0);
    frame(FRAME_STARTED, 1, pid, sizeof pid);
}

static void attack_started(void) {
    static const uint8_t pid[] = {7, 0, 0, 0};
    run();
    flood(FRAME_STARTED, 1, pid, sizeof pid);
}

static void attack_window(void) {
    static const uint8_t nothing[] = {0, 0, 0, 0, 0};
    run();
    flood(FRAME_WINDOW, 1, nothing, sizeof nothing);
}

static void attack_oversize(void) {
    uint8_t header[HEADER_BYTES];
    run();
    write_header(header, FRAME_STDOUT, 1, UINT32_MAX);
    for (;;) say(port, header, sizeof header);
}

static void attack_unknown(void) {
    run();
    flood((enum frame_type)0x7f, 1, NULL, 0);
}

static void attack_stdout(void) {
    static const char text[] = "\033[2Jmore and more";
    run();
    flood(FRAME_STDOUT, 1, text, sizeof text);
}

/* Both in a single write, so that the host sees them together. */
static void attack_exit(void) {
    static const uint8_t codes[2][3] = {{0, 7, 0}, {0, 9, 0}};
    uint8_t both[2 * (HEADER_BYTES + 3)];
    run();
    size_t length = put_frame(both, FRAME_EXIT, 1, codes[0], 3);
    length += put_frame(both + length, FRAME_EXIT, 1, codes[1], 3);
    say(port, both, length);
    for (;;) (void)pause();
}

static void attack_error(void) {
    static const char text[] = "\033[2Jbox: all is well\nbox-vmm: port 80 is already in use";
    uint8_t record[5 + sizeof text] = {1};
    run();
    write_u32(record + 1, sizeof text - 1);
    memcpy(record + 5, text, sizeof text - 1);
    flood(FRAME_ERROR, 1, record, 5 + sizeof text - 1);
}

static void attack_random(void) {
    static uint8_t block[BLOCK];
    uint32_t state = 0x2545f491;
    for (size_t sent = 0; sent < FLOOD_BYTES; sent += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            block[i] = (uint8_t)state;
        }
        say(port, block, sizeof block);
    }
}

static void attack_silence(void) {
    for (;;) (void)pause();
}

static void attack_unread(void) {
    run();
    for (;;) (void)pause();
}

/* Reads the next frame from the host. */
static struct frame next_frame(void) {
    static uint8_t inbox[4 * (HEADER_BYTES + MAX_PAYLOAD)];
    static size_t have, taken;
    struct frame frame;
    memmove(inbox, inbox + taken, have -= taken);
    for (;;) {
        int whole = read_frame(inbox, have, &frame);
        must(whole >= 0, "a frame of the host's");
        if (whole == 1) break;
        ssize_t got = read(port, inbox + have, sizeof inbox - have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) end_vm();
        have += (size_t)got;
    }
    taken = HEADER_BYTES + frame.length;
    return frame;
}

static void exit_with(uint16_t channel, uint8_t code) {
    const uint8_t exit[] = {EXIT_EXITED, code, 0};
    frame(FRAME_EXIT, channel, exit, sizeof exit);
}

/* Sends an entry of STAT or LIST: a file with this name. */
static void entry(uint16_t channel, const char *name, size_t length) {
    uint8_t bytes[ENTRY_HEADER + 255] = {ENTRY_FILE};
    write_u16(bytes + 31, (uint16_t)length);
    memcpy(bytes + ENTRY_HEADER, name, length);
    frame(FRAME_STDOUT, channel, bytes, (uint32_t)(ENTRY_HEADER + length));
}

/* Sends entries for as long as the host accepts them. */
static void entries_without_end(uint16_t channel) {
    enum { ENTRY_BYTES = ENTRY_HEADER + 1, IN_BLOCK = 1000 };
    static uint8_t block[HEADER_BYTES + IN_BLOCK * ENTRY_BYTES];
    uint32_t room = STREAM_WINDOW;
    write_header(block, FRAME_STDOUT, channel, IN_BLOCK * ENTRY_BYTES);
    for (size_t i = 0; i < IN_BLOCK; i++) {
        uint8_t *bytes = block + HEADER_BYTES + i * ENTRY_BYTES;
        bytes[0] = ENTRY_FILE;
        write_u16(bytes + 31, 1);
        bytes[ENTRY_HEADER] = 'a';
    }
    for (;;) {
        while (room < IN_BLOCK * ENTRY_BYTES) {
            struct frame got = next_frame();
            if (got.channel != channel) continue;
            if (got.type == FRAME_WINDOW && got.payload[0] == 1) room += read_u32(got.payload + 1);
            if (got.type == FRAME_SIGNAL) return exit_with(channel, 1);
        }
        say(port, block, sizeof block);
        room -= IN_BLOCK * ENTRY_BYTES;
    }
}

static bool is_about(const struct frame *start, const char *path) {
    return memmem(start->payload, start->length, path, strlen(path)) != NULL;
}

/* Answers a file operation with malformed data, chosen by the file's path. */
static void answer_file(const struct frame *start) {
    static const uint8_t pid[] = {8, 0, 0, 0};
    static const uint8_t outside[] = {EVENT_READY, 0, 0, 0, 0, EVENT_CREATE, 5, 0, 0, 0, '.', '.', '/', 'u', 'p'};
    static const char words[] = "\033[2J\nbox: all is well\n\xe2\x80\xae";
    uint16_t channel = start->channel;
    frame(FRAME_STARTED, channel, pid, sizeof pid);
    if (is_about(start, "/slash")) entry(channel, "a/b", 3);
    else if (is_about(start, "/up")) entry(channel, "..", 2);
    else if (is_about(start, "/nul")) entry(channel, "a\0b", 3);
    else if (is_about(start, "/nameless")) entry(channel, "", 0);
    else if (is_about(start, "/two")) entry(channel, "", 0), entry(channel, "", 0);
    else if (is_about(start, "/cut")) frame(FRAME_STDOUT, channel, "\1", 1);
    else if (is_about(start, "/noise")) frame(FRAME_STDOUT, channel, words, sizeof words - 1);
    else if (is_about(start, "/watch")) frame(FRAME_STDOUT, channel, outside, sizeof outside);
    else if (is_about(start, "/endless")) return entries_without_end(channel);
    else if (is_about(start, "/words")) {
        for (int i = 0; i < 1000; i++) frame(FRAME_STDERR, channel, words, sizeof words - 1);
        return exit_with(channel, FILE_EXIT_FAILED);
    } else if (is_about(start, "/code")) return exit_with(channel, 77);
    exit_with(channel, 0);
}

/* Plays an agent whose workload keeps running, and which lies about files. */
static void attack_files(void) {
    static const uint8_t pid[] = {7, 0, 0, 0};
    greet();
    for (;;) {
        struct frame got = next_frame();
        if (got.flags & FRAME_MORE) continue;
        if (got.type == FRAME_CONFIGURE) frame(FRAME_CONFIGURED, 0, NULL, 0);
        if (got.type == FRAME_START && got.channel == 1) frame(FRAME_STARTED, 1, pid, sizeof pid);
        if (got.type == FRAME_START && got.channel != 1) answer_file(&got);
        if (got.type == FRAME_SIGNAL && got.channel == 1) end_vm();
    }
}

/* Imitates messages of box's own processes. */
static void attack_console(void) {
    static const char line[] = "\033[2Jbox-vmm: port 80 is already in use\r\nbox-vmm ended: signal 9 (Killed)\n";
    for (size_t sent = 0; sent < CONSOLE_BYTES; sent += sizeof line - 1) {
        say(STDERR_FILENO, (const uint8_t *)line, sizeof line - 1);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} attacks[] = {
    {"started", attack_started}, {"window", attack_window}, {"oversize", attack_oversize}, {"unknown", attack_unknown},
    {"stdout", attack_stdout},   {"exit", attack_exit},     {"error", attack_error},       {"random", attack_random},
    {"silence", attack_silence}, {"unread", attack_unread}, {"console", attack_console},
    {"files", attack_files},
};

int main(void) {
    char name[16] = "";
    int file = open("/attack", O_RDONLY | O_CLOEXEC);
    must(file >= 0 && read(file, name, sizeof name - 1) > 0, "/attack");
    must(mount("dev", "/dev", "devtmpfs", 0, NULL) == 0 || errno == EBUSY, "/dev");
    must(mount("sys", "/sys", "sysfs", 0, NULL) == 0, "/sys");
    port = port_find("box.agent");
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        if (strcmp(attacks[i].name, name) == 0) attacks[i].run();
    }
    end_vm();
}
