#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "box_processes.h"
#include "users.h"

enum { STAT_BYTES = 1024, COMMAND_BYTES = 4096, FILE_BYTES = 64 << 10 };

static ssize_t read_file(const char *path, char *bytes, size_t size) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read_up_to(fd, bytes, size - 1);
    if (got >= 0) bytes[got] = '\0';
    return got;
}

static uint64_t uptime_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// Prints the name from the first line of /etc/passwd with this uid, or else the number.
static void print_user(struct text passwd, uid_t uid) {
    const char *at = passwd.bytes;
    const char *end = passwd.bytes + passwd.length;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) line_end = end;
        const char *first = memchr(at, ':', (size_t)(line_end - at));
        const char *second = first ? memchr(first + 1, ':', (size_t)(line_end - first - 1)) : NULL;
        uint64_t value = 0;
        const char *digit = second ? second + 1 : line_end;
        while (digit < line_end && *digit >= '0' && *digit <= '9' && value <= UINT32_MAX)
            value = value * 10 + (uint64_t)(*digit++ - '0');
        if (second && digit > second + 1 && digit < line_end && *digit == ':' && value == uid && first > at) {
            for (; at < first; at++) (void)putchar((unsigned char)*at < ' ' ? '?' : *at);
            return;
        }
        at = line_end + 1;
    }
    (void)printf("%u", uid);
}

// Prints the command line as one line, or the name in brackets if it is empty.
static void print_command(pid_t pid, const char *name, size_t name_length) {
    static char command[COMMAND_BYTES];
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    ssize_t length = read_file(path, command, sizeof command);
    while (length > 0 && command[length - 1] == '\0') length--;
    if (length <= 0) {
        (void)printf("[%.*s]\n", (int)name_length, name);
        return;
    }
    for (ssize_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)command[i];
        (void)putchar(letter == '\0' ? ' ' : letter < ' ' || letter == 0x7f ? '?' : letter);
    }
    (void)putchar('\n');
}

// Numbers of fields in /proc/PID/stat (proc_pid_stat(5)).
enum { STATE = 3, TERMINAL = 7, USER_TIME = 14, SYSTEM_TIME = 15, NICE = 19, STARTED = 22, SIZE = 23, RESIDENT = 24 };

static void print_process(void *data, const struct box_process *process) {
    const struct text *passwd = data;
    struct box_process parent;
    char path[32];
    char text[STAT_BYTES];
    char state = '?';
    long long fields[RESIDENT + 1] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/stat", process->agent_pid);
    if (read_file(path, text, sizeof text) <= 0) return;
    char *name = strchr(text, '(');
    char *end = strrchr(text, ')');
    if (!name || !end || end < name || end[1] != ' ') return;
    state = end[2];
    char *at = end + 3;
    for (int field = STATE + 1; field <= RESIDENT; field++) fields[field] = strtoll(at, &at, 10);
    for (char *letter = name; letter < end; letter++) {
        if ((unsigned char)*letter < ' ') *letter = '?';
    }
    pid_t parent_pid = box_process_read(process->agent_parent, &parent) ? parent.pid : 0;
    (void)printf("%d\t%d\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%u\t%c\t", process->pid, parent_pid, fields[TERMINAL],
                 fields[USER_TIME] + fields[SYSTEM_TIME], fields[STARTED], fields[SIZE] / 1024,
                 fields[RESIDENT] * sysconf(_SC_PAGESIZE) / 1024, fields[NICE], process->threads, state);
    print_user(*passwd, process->uid);
    (void)putchar('\t');
    print_command(process->agent_pid, name + 1, (size_t)(end - name - 1));
}

bool usage_of_processes(struct failure *failure) {
    struct text passwd = read_whole_file("/etc/passwd");
    (void)printf("%ld\t%" PRIu64 "\n", sysconf(_SC_CLK_TCK), uptime_ms());
    box_processes_visit(print_process, &passwd);
    return fflush(stdout) == 0 || fail(failure, "failed", "cannot write: %s", strerror(errno));
}

static void add_threads(void *data, const struct box_process *process) {
    uint64_t *sum = data;
    *sum += process->threads;
}

// Returns the number after KEY in lines of the form `Key:   number kB`.
static uint64_t number_of(const char *text, const char *key) {
    const char *at = strstr(text, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

// Returns the time of all CPUs except idle time. Fields: user, nice, system, idle, iowait, irq, softirq.
static uint64_t busy_ticks(char *stat) {
    uint64_t busy = 0;
    if (strncmp(stat, "cpu ", 4) != 0) return 0;
    char *at = stat + 4;
    for (int field = 0; field < 7; field++) {
        uint64_t ticks = strtoull(at, &at, 10);
        if (field != 3 && field != 4) busy += ticks;
    }
    return busy;
}

// Sums up the bytes received and sent by all interfaces except loopback.
static void network_bytes(char *dev, uint64_t *received, uint64_t *sent) {
    for (char *line = strtok(dev, "\n"); line; line = strtok(NULL, "\n")) {
        char *at = strchr(line, ':');
        while (*line == ' ') line++;
        if (!at || strncmp(line, "lo:", 3) == 0) continue;
        at++;
        for (int field = 0; field < 9; field++) {
            uint64_t number = strtoull(at, &at, 10);
            if (field == 0) *received += number;
            if (field == 8) *sent += number;
        }
    }
}

// Sums up the bytes of the image's and the writable layer's disks; fields 6 and 10 of a line are sectors.
static void disk_bytes(char *diskstats, uint64_t *got, uint64_t *put) {
    for (char *line = strtok(diskstats, "\n"); line; line = strtok(NULL, "\n")) {
        char *at = strstr(line, " vd");
        if (!at || (at[3] != 'b' && at[3] != 'c') || at[4] != ' ') continue;
        at += 4;
        for (int field = 4; field <= 10; field++) {
            uint64_t number = strtoull(at, &at, 10);
            if (field == 6) *got += number * 512;
            if (field == 10) *put += number * 512;
        }
    }
}

bool usage_of_box(struct failure *failure) {
    static char text[FILE_BYTES];
    uint64_t threads = 0, received = 0, sent = 0, got = 0, put = 0;
    box_processes_visit(add_threads, &threads);
    if (read_file("/proc/net/dev", text, sizeof text) > 0) network_bytes(text, &received, &sent);
    if (read_file("/proc/diskstats", text, sizeof text) > 0) disk_bytes(text, &got, &put);
    if (read_file("/proc/meminfo", text, sizeof text) <= 0) text[0] = '\0';
    uint64_t total = number_of(text, "MemTotal:");
    uint64_t available = number_of(text, "MemAvailable:");
    if (read_file("/proc/stat", text, sizeof text) <= 0) text[0] = '\0';
    (void)printf("cpuTicks %" PRIu64 "\nticksPerSecond %ld\nuptimeMs %" PRIu64 "\ncpus %ld\n", busy_ticks(text),
                 sysconf(_SC_CLK_TCK), uptime_ms(), sysconf(_SC_NPROCESSORS_ONLN));
    (void)printf("memoryKb %" PRIu64 "\navailableKb %" PRIu64 "\n", total, available);
    (void)printf("receivedBytes %" PRIu64 "\nsentBytes %" PRIu64 "\n", received, sent);
    (void)printf("readBytes %" PRIu64 "\nwrittenBytes %" PRIu64 "\npids %" PRIu64 "\n", got, put, threads);
    return fflush(stdout) == 0 || fail(failure, "failed", "cannot write: %s", strerror(errno));
}
