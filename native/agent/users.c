#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"

enum { MAX_FILE = 16 << 20 };

// Removes and returns the text up to the separator, or all of it.
static struct text cut(struct text *rest, char separator) {
    const char *end = memchr(rest->bytes, separator, rest->length);
    size_t length = end ? (size_t)(end - rest->bytes) : rest->length;
    struct text front = {rest->bytes, length};
    size_t skip = end ? length + 1 : length;
    rest->bytes += skip;
    rest->length -= skip;
    return front;
}

static struct text next_line(struct text *rest) { return cut(rest, '\n'); }

// Missing fields at the end of a line are empty.
static struct text next_field(struct text *rest, char separator) {
    if (rest->length == 0) return (struct text){"", 0};
    return cut(rest, separator);
}

static bool equal(struct text a, struct text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

// Parses a decimal number of at most MAX_ID, as Docker does.
static bool to_id(struct text text, uint32_t *id) {
    uint64_t value = 0;
    if (text.length == 0 || text.length > 10) return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
        value = value * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    *id = (uint32_t)value;
    return value <= MAX_ID;
}

struct person {
    struct text name;
    uint32_t uid;
    uint32_t gid;
    struct text home;
};

static bool read_person(struct text line, struct person *person) {
    person->name = next_field(&line, ':');
    (void)next_field(&line, ':');
    if (!to_id(next_field(&line, ':'), &person->uid) || !to_id(next_field(&line, ':'), &person->gid)) return false;
    (void)next_field(&line, ':');
    person->home = next_field(&line, ':');
    return true;
}

// A number is always a uid, never a name. The first matching entry counts.
static bool find_person(struct text passwd, struct text wanted, struct person *person) {
    uint32_t uid = 0;
    bool numeric = wanted.length == 0 || to_id(wanted, &uid);
    while (passwd.length > 0) {
        if (!read_person(next_line(&passwd), person)) continue;
        if (numeric ? person->uid == uid : equal(person->name, wanted)) return true;
    }
    return false;
}

static bool find_group(struct text group, struct text wanted, uint32_t *gid) {
    uint32_t number = 0;
    bool numeric = to_id(wanted, &number);
    while (group.length > 0) {
        struct text line = next_line(&group);
        struct text name = next_field(&line, ':');
        (void)next_field(&line, ':');
        if (!to_id(next_field(&line, ':'), gid)) continue;
        if (numeric ? *gid == number : equal(name, wanted)) return true;
    }
    *gid = number;
    return numeric;
}

static void add_group(struct identity *identity, gid_t gid) {
    for (size_t i = 0; i < identity->group_count; i++) {
        if (identity->groups[i] == gid) return;
    }
    if (identity->group_count < MAX_GROUPS) identity->groups[identity->group_count++] = gid;
}

static void add_memberships(struct text group, struct text user, struct identity *identity) {
    while (group.length > 0) {
        struct text line = next_line(&group);
        uint32_t gid = 0;
        (void)next_field(&line, ':');
        (void)next_field(&line, ':');
        if (!to_id(next_field(&line, ':'), &gid)) continue;
        while (line.length > 0) {
            if (equal(next_field(&line, ','), user)) add_group(identity, gid);
        }
    }
}

static void set_home(struct identity *identity, struct text home) {
    const char *fallback = identity->uid == 0 ? "/root" : "/";
    if (home.length == 0 || home.length >= MAX_HOME || memchr(home.bytes, '\0', home.length)) {
        home = (struct text){fallback, strlen(fallback)};
    }
    memcpy(identity->home, home.bytes, home.length);
    identity->home[home.length] = '\0';
}

bool resolve_user(const char *specification, struct text passwd, struct text group, struct identity *identity,
                  struct failure *failure) {
    const char *colon = strchr(specification, ':');
    struct text user = {specification, colon ? (size_t)(colon - specification) : strlen(specification)};
    struct text explicit_group = {colon ? colon + 1 : "", colon ? strlen(colon + 1) : 0};
    struct person person = {0};
    uint32_t uid = 0;

    identity->group_count = 0;
    bool known = find_person(passwd, user, &person);
    if (known) {
        uid = person.uid;
    } else {
        person = (struct person){0};
        if (user.length > 0 && !to_id(user, &uid)) {
            return fail(failure, "no-user", "unable to find user %.*s: no matching entries in passwd file",
                        (int)user.length, user.bytes);
        }
    }
    uint32_t gid = person.gid;
    if (explicit_group.length > 0 && !find_group(group, explicit_group, &gid)) {
        return fail(failure, "no-user", "unable to find group %s: no matching entries in group file",
                    explicit_group.bytes);
    }
    identity->uid = uid;
    identity->gid = gid;
    add_group(identity, gid);
    if (explicit_group.length == 0 && known) add_memberships(group, person.name, identity);
    set_home(identity, person.home);
    return true;
}

bool resolve_groups(const char *const *names, struct text group, struct identity *identity, struct failure *failure) {
    for (; *names; names++) {
        uint32_t gid = 0;
        if (!find_group(group, (struct text){*names, strlen(*names)}, &gid)) {
            return fail(failure, "no-user", "unable to find group %s: no matching entries in group file", *names);
        }
        add_group(identity, gid);
    }
    return true;
}

struct text read_whole_file(const char *path) {
    struct text none = {"", 0};
    // Non-blocking, because the image may contain a FIFO there.
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) return none;
    if (status.st_size <= 0 || status.st_size > MAX_FILE) return none;
    char *bytes = malloc((size_t)status.st_size);
    if (!bytes) return none;
    ssize_t length = read_up_to(fd, bytes, (size_t)status.st_size);
    if (length > 0) return (struct text){bytes, (size_t)length};
    free(bytes);
    return none;
}

bool identify(const struct start *start, struct identity *identity, struct failure *failure) {
    struct text group = read_whole_file("/etc/group");
    if (!resolve_user(start->user, read_whole_file("/etc/passwd"), group, identity, failure)) return false;
    return resolve_groups(start->groups, group, identity, failure);
}
