/* A witness is a letter, a path, a newline, and what was found there. */
#include "witness.h"
#include "../../common/io.h"
#include "../../common/plan-format.h"

#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static long long nanoseconds(struct timespec time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

/* Describes a file in the words of a witness. */
static bool describe(char kind, const struct stat *file, char *text, size_t size) {
    if (kind == WITNESS_SIZE) {
        (void)snprintf(text, size, "%lld", (long long)file->st_size);
    } else if (kind == WITNESS_OWNER) {
        (void)snprintf(text, size, "%llu %llu %u %u", (unsigned long long)file->st_dev,
                       (unsigned long long)file->st_ino, (unsigned)file->st_mode, (unsigned)file->st_uid);
    } else if (kind == WITNESS_FILE) {
        (void)snprintf(text, size, "%llu %llu %lld %lld %lld", (unsigned long long)file->st_dev,
                       (unsigned long long)file->st_ino, (long long)file->st_size, nanoseconds(file->st_mtim),
                       nanoseconds(file->st_ctim));
    } else {
        return false;
    }
    return true;
}

static bool is_same_file(char kind, const char *path, const char *wanted) {
    struct stat file;
    char found[160];
    return stat(path, &file) == 0 && describe(kind, &file, found, sizeof found) && strcmp(found, wanted) == 0;
}

static bool is_absent(const char *path) {
    struct stat file;
    return stat(path, &file) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static bool is_empty(const char *path) {
    struct stat file;
    return is_absent(path) || (stat(path, &file) == 0 && file.st_size == 0);
}

/* Compares the content piece by piece; the file may be in /proc, where sizes are unknown. */
static bool has_content(const char *path, const char *wanted) {
    cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return false;
    size_t left = strlen(wanted);
    for (;;) {
        char bytes[4096];
        ssize_t length = read_some(file, bytes, sizeof bytes);
        if (length < 0 || (size_t)length > left || memcmp(bytes, wanted, (size_t)length) != 0) return false;
        if (length == 0) return left == 0;
        wanted += length;
        left -= (size_t)length;
    }
}

/* Whether a device can be opened, or else why not, as a number. */
static bool opens_with(const char *path, const char *wanted) {
    char found[16];
    cleanup_close int device = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    (void)snprintf(found, sizeof found, "%d", device < 0 ? errno : 0);
    return strcmp(found, wanted) == 0;
}

static bool is_ipv6(const struct ifaddrs *address) {
    return address->ifa_addr != NULL && address->ifa_addr->sa_family == AF_INET6 &&
           (address->ifa_flags & IFF_UP) != 0 && (address->ifa_flags & IFF_RUNNING) != 0 &&
           (address->ifa_flags & IFF_LOOPBACK) == 0;
}

/* As Node prints it, an address in fe80::/16. */
static bool is_link_local(const struct ifaddrs *address) {
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, address->ifa_addr, sizeof ipv6);
    return ipv6.sin6_addr.s6_addr[0] == 0xfe && ipv6.sin6_addr.s6_addr[1] == 0x80;
}

/* As in src/net/guest-network.ts: whether an interface has a link-local address and another one. */
static bool has_ipv6(const struct ifaddrs *all) {
    for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        if (!is_ipv6(one) || is_link_local(one)) continue;
        for (const struct ifaddrs *other = all; other != NULL; other = other->ifa_next)
            if (is_ipv6(other) && is_link_local(other) && strcmp(one->ifa_name, other->ifa_name) == 0) return true;
    }
    return false;
}

static bool has_same_ipv6(const char *wanted) {
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) return false;
    bool found = has_ipv6(all);
    freeifaddrs(all);
    return strcmp(found ? "1" : "0", wanted) == 0;
}

/* Whether a file has been written within this many milliseconds, or ahead if the clock was set back. */
static bool is_recent(const char *path, const char *most) {
    struct timespec now;
    struct stat file;
    if (stat(path, &file) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
    return llabs(nanoseconds(now) - nanoseconds(file.st_mtim)) / 1000000 < strtoll(most, NULL, 10);
}

static bool is_as_before(const char *witness) {
    char path[PATH_MAX];
    const char *line = witness[0] == '\0' ? NULL : strchr(witness, '\n');
    if (line == NULL || (size_t)(line - witness) > sizeof path) return false;
    size_t length = (size_t)(line - witness) - 1;
    memcpy(path, witness + 1, length);
    path[length] = '\0';
    switch (witness[0]) {
    case WITNESS_ABSENT:
        return is_absent(path);
    case WITNESS_CONTENT:
        return has_content(path, line + 1);
    case WITNESS_DEVICE:
        return opens_with(path, line + 1);
    case WITNESS_IPV6:
        return has_same_ipv6(line + 1);
    case WITNESS_EMPTY:
        return is_empty(path);
    case WITNESS_RECENT:
        return is_recent(path, line + 1);
    case WITNESS_STALE:
        return !is_recent(path, line + 1);
    default:
        return is_same_file(witness[0], path, line + 1);
    }
}

bool are_as_before(const struct witnesses *witnesses) {
    for (size_t i = 0; i < witnesses->count; i++)
        if (!is_as_before(witnesses->texts[i])) return false;
    return true;
}
