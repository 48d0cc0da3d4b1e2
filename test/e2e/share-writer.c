/*
 * Runs on the host and in boxes that share a directory, for the tests of volumes: `share-writer DIR NAME SECONDS`. Works in
 * DIR beside others of its kind and prints `appended N counted N`, or what went wrong. Each round appends a line with NAME and
 * its number to `log`; replaces one of a few pages by renaming a new file; reads another, which must be complete; removes a
 * third; and, if it can create `lock`, adds one to the number in `counter`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { PAGES = 4, PAGE_BYTES = 9000, DIGITS = 12, LINE_BYTES = 32 };

static _Noreturn void fail(const char *what, long round) {
    printf("%s in round %ld: %s\n", what, round, strerror(errno));
    exit(1);
}

static void write_all(int fd, const char *data, size_t size, const char *what, long round) {
    if (write(fd, data, size) != (ssize_t)size) fail(what, round);
    if (close(fd) != 0) fail(what, round);
}

/* The guest's kernel sends a write that crosses the end of a page as two: all lines are of a size that divides pages. */
static void append(const char *name, long round) {
    char line[LINE_BYTES + 1];
    int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0) fail("cannot open the log", round);
    if (snprintf(line, sizeof line, "%-8.8s%23ld\n", name, round) != LINE_BYTES) fail("the line is too long", round);
    write_all(fd, line, LINE_BYTES, "cannot append", round);
}

static void replace_page(const char *name, long round) {
    static char page[PAGE_BYTES];
    char made[64];
    char known[16];
    snprintf(made, sizeof made, "new-%s", name);
    snprintf(known, sizeof known, "page-%ld", round % PAGES);
    memset(page, 'a' + (int)(round % 26), sizeof page);
    int fd = open(made, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0) fail("cannot create a page", round);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) fail("cannot lock a page", round);
    write_all(fd, page, sizeof page, "cannot write a page", round);
    if (rename(made, known) != 0) fail("cannot rename a page", round);
}

static void read_page(long round) {
    static char page[PAGE_BYTES + 1];
    char known[16];
    snprintf(known, sizeof known, "page-%ld", (round + 1) % PAGES);
    int fd = open(known, O_RDONLY);
    if (fd < 0 && errno == ENOENT) return;
    if (fd < 0) fail("cannot open a page", round);
    size_t size = 0;
    ssize_t got = 0;
    while (size < sizeof page && (got = read(fd, page + size, sizeof page - size)) > 0) size += (size_t)got;
    if (got < 0) fail("cannot read a page", round);
    close(fd);
    errno = 0;
    if (size != PAGE_BYTES) fail("a page is incomplete", round);
    for (size_t i = 1; i < size; i++) {
        if (page[i] != page[0]) fail("a page is mixed", round);
    }
}

static void remove_page(long round) {
    char known[16];
    snprintf(known, sizeof known, "page-%ld", (round + 2) % PAGES);
    /* Debian 12's virtiofsd answers EIO if the file has been replaced since it was last looked up. */
    if (unlink(known) != 0 && errno != ENOENT && errno != EIO) fail("cannot remove a page", round);
}

static bool count(long round) {
    char number[32] = "0";
    int lock = open("lock", O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (lock < 0 && errno == EEXIST) return false;
    if (lock < 0) fail("cannot create the lock", round);
    close(lock);
    int fd = open("counter", O_RDWR | O_CREAT, 0666);
    if (fd < 0) fail("cannot open the counter", round);
    if (pread(fd, number, DIGITS, 0) < 0) fail("cannot read the counter", round);
    snprintf(number, sizeof number, "%0*ld", DIGITS, atol(number) + 1);
    write_all(fd, number, DIGITS, "cannot write the counter", round);
    if (unlink("lock") != 0) fail("cannot remove the lock", round);
    return true;
}

int main(int argc, char **argv) {
    struct timespec now;
    long counted = 0;
    long round = 0;
    if (argc != 4 || chdir(argv[1]) != 0) return 2;
    clock_gettime(CLOCK_MONOTONIC, &now);
    time_t end = now.tv_sec + atoi(argv[3]);
    for (; now.tv_sec < end; clock_gettime(CLOCK_MONOTONIC, &now), round++) {
        append(argv[2], round);
        replace_page(argv[2], round);
        read_page(round);
        remove_page(round);
        if (count(round)) counted++;
    }
    printf("appended %ld counted %ld\n", round, counted);
    return 0;
}
