// Seeds: well-formed streams, messages, users and archives.
#include "../../fuzz/mutate.h"

#include <string.h>

const struct mutation mutation = {
    .max_input = 5120,
    .max_edits = 8,
    .max_run = 16,
    INTERESTING("\0\1\x7f\x80\xff:\n,/09"),
};

// Versions of clang-format break this differently.
// clang-format off
#define SEED(text) {text, sizeof(text) - 1}
// clang-format on
static const struct {
    const char *bytes;
    size_t length;
} SEEDS[] = {
    // A stream: START in two pieces, STDIN, WINDOW, SIGNAL, RESIZE, SHUTDOWN.
    SEED("\0\x08\0\0\0\x04\x01\x01\0\x01\x02\0\0\0sh\x02\x06\0\0\0\x04\0\x01\0\x01\0\0\0A\x03"
         "\x03\0\0\0\x10\0\x01\0abc\x05\0\0\0\x13\0\x01\0\x01\0\0\x01\0\x01\0\0\0\x14\0\x01\0\x0f\x04\0\0\0\x17\0\x01\0"
         "\x18\0\x50\0\0\0\0\0\x16\0\0\0"),
    // A WAKE, which is too short.
    SEED("\0\x04\0\0\0\x18\0\0\0abcd"),
    SEED("\0\x0a\0\0\0\x02\0\0\0\x01\x05\0\0\0crate"),
    // CONFIGURE with every record.
    SEED("\1\x01\x05\0\0\0crate\x02\x04\0\0\0h\nh\n\x03\x02\0\0\0r\n\x04\x0b\0\0\0/tmp\0size=1\x05\x05\0\0\0\x03"
         "0\0/v\x06\x16\0\0\0eth0\0001.2.3.4/24\0001.2.3.1\x07\x01\0\0\0\x01\x08\x08\0\0\0\0\0\0\x04\0\0\0\0"
         "\x09\x08\0\0\0\1\2\3\4\5\6\7\x08\x0a\x17\0\0\0net/core/somaxconn\0"
         "1024"
         "\x0b\x04\0\0\0\x40\0\0\0\x0c\x01\0\0\0\1\x0d\x01\0\0\0\0\x0e\x11\0\0\0\3net/tun\0/dev/tun"
         "\x11\x04\0\0\0\x50\xc3\0\0"),
    // START with every record.
    SEED("\2\x01\x02\0\0\0sh\x01\x02\0\0\0-c\x02\x03\0\0\0A=1\x02\0\0\0\0\x03\x01\0\0\0/\x04\x04\0\0\0anna"
         "\x05\x04\0\0\0\x0b\0\0\0\x06\x02\0\0\0"
         "44"
         "\x07\x11\0\0\0\7\0\4\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x08\x08\0\0\0\xfb\x25\4\xa8\0\0\0\0"
         "\x09\x0c\0\0\0\4\0\0\0\x06\0\0\0\0\0\xff\x7f\x0b\x04\0\0\0\x18\0\x50\0"
         "\x0f\x04\0\0\0\x18\xfc\xff\xff"),
    SEED("\3"
         "anna:users\nroot:x:0:0:root:/root:/bin/sh\nanna:x:1000:100:Anna:/home/anna:/bin/sh\nusers:x:100:anna,b\n"),
    SEED("\3"
         "1000\nanna:x:1000:100:Anna:/home/anna:/bin/sh\nwheel:x:10:root,anna\n::::::\nvideo:x:44:anna"),
    // A record of the kernel log.
    SEED("\5"
         "3,812,14080795,-;Out of memory: Killed process 430 (tail) total-vm:1kB"),
    // A TASK.
    SEED("\2\x0d\6\0\0\0\5\2\x50\xc3\0\0"),
    // A TASK on networks.
    SEED("\2\x0d\x1d\0\0\0\6\1eth1\00010.89.7.2/24\00010.89.7.1"),
    // A DIAL.
    SEED("\2\x10\3\0\0\0\2\xfc\x0f"),
    // Frames of a sidecar: a SIDECAR, and a START in two pieces.
    SEED("\0\x0a\0\0\0\x1d\0\0\0\0\x10\0\0\0\0\0\0\xfc\x0f\x01\0\0\0\x04\3\1\0\1\x06\0\0\0\x04\2\1\0\2\0\0\0sh"),
    // FILE: a RENAME.
    SEED("\2\x05\4\0\0\0\1\0\0\0\x0e\x1d\0\0\0\5\x10\xed\1\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
         "/a/b\0/c"),
    // Content in chunks.
    SEED("\6"
         "\3\0\0\0abc\1\0\0\0d\0\0\0\0more"),
    // A COPY.
    SEED("\2\x05\4\0\0\0\1\0\0\0\x0c\x0b\0\0\0\1\1/etc/a\0up"),
};

// A tar with every kind of entry, which would be too long as a literal.
static uint8_t tar_seed[8 * 512 + 2];

static void add_header(size_t block, const char *name, char type, const char *size) {
    uint8_t *header = tar_seed + 2 + block * 512;
    memcpy(header, name, strlen(name));
    memcpy(header + 100, "0000755", 7);
    memcpy(header + 124, size, strlen(size));
    memcpy(header + 257, "ustar\00000", 8);
    header[156] = (uint8_t)type;
}

static void make_tar_seed(void) {
    static const char RECORDS[] = "15 path=folder\n20 SCHILY.xattr.u=v\n22 mtime=1700000000.5\n";
    tar_seed[0] = 4;
    tar_seed[1] = 1;
    add_header(0, "pax", 'x', "00000000071");
    memcpy(tar_seed + 2 + 512, RECORDS, sizeof RECORDS - 1);
    add_header(2, "short", '5', "0");
    add_header(3, "long", 'L', "00000000010");
    memcpy(tar_seed + 2 + 4 * 512, "a/b/c/d", 8);
    add_header(5, "x", '0', "00000000003");
    memcpy(tar_seed + 2 + 6 * 512, "abc", 3);
    add_header(7, "link", '2', "0");
}

void make_seeds(void) {
    for (size_t i = 0; i < sizeof SEEDS / sizeof SEEDS[0]; i++) add(new_seed(), SEEDS[i].bytes, SEEDS[i].length);
    make_tar_seed();
    add(new_seed(), tar_seed, sizeof tar_seed);
}
