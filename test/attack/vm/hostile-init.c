/*
 * The first process of a guest whose agent was replaced: does to the host what /attack on the boot disk names. Built with
 * the agent's own ways to find the port and to end the VM.
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

/* Where the host has hung up, nothing more can be done to it. */
static void say(int fd, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = write(fd, bytes, length);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) end_vm();
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Returns its length in BYTES, which have room for it. */
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

/* Plays an agent until its workload runs; of what the host sends it takes as good as nothing, from then on nothing. */
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

/* Both in one write, so that the host sees them together. */
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

/* In the words of box's own processes. */
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
