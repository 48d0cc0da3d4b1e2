#include "identity.h"
#include "../../common/io.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static bool make_random(void *bytes, size_t length) { return getrandom(bytes, length, 0) == (ssize_t)length; }

/* Chooses one of the words in a text, which are separated by spaces. The text has far fewer than 2^32 of them. */
static size_t choose(const char *text, uint32_t number, const char **word) {
    uint32_t count = 1;
    for (const char *at = text; *at != '\0'; at++) count += *at == ' ';
    for (number %= count; number > 0; number--) text = strchr(text, ' ') + 1;
    *word = text;
    return strcspn(text, " ");
}

static bool make_name(char *name, size_t size, const char *qualities, const char *things) {
    uint32_t numbers[3];
    const char *quality = NULL, *thing = NULL;
    if (!make_random(numbers, sizeof numbers)) return false;
    size_t first = choose(qualities, numbers[0], &quality), second = choose(things, numbers[1], &thing);
    if (first == 0 || second == 0 || first + second + 7 > size) return false;
    (void)snprintf(name, size, "%.*s_%.*s_%04x", (int)first, quality, (int)second, thing, numbers[2] & 0xffff);
    return true;
}

static bool make_time(char *text, size_t size) {
    struct timespec now;
    struct tm utc;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &utc) == NULL) return false;
    char seconds[24];
    if (strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc) == 0) return false;
    (void)snprintf(text, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
    return true;
}

/* Field 22 of /proc/PID/stat. The program's name, field 2, may contain anything. */
static bool start_time(unsigned long long *start) {
    char stat[1024];
    cleanup_close int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read_up_to(file, stat, sizeof stat - 1);
    if (length < 0) return false;
    stat[length] = '\0';
    const char *at = strrchr(stat, ')');
    for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
    if (at == NULL) return false;
    *start = strtoull(at + 1, NULL, 10);
    return true;
}

static bool name_process(char *text, size_t size) {
    char link[64];
    unsigned long long start = 0, space = 0;
    ssize_t length = readlink("/proc/self/ns/pid", link, sizeof link - 1);
    if (length < 0 || !start_time(&start)) return false;
    link[length] = '\0';
    size_t digits = strcspn(link, "0123456789");
    space = strtoull(link + digits, NULL, 10);
    (void)snprintf(text, size, "%d-%llu-%llu", (int)getpid(), start, space);
    return true;
}

bool make_identity(struct identity *identity, const char *qualities, const char *things) {
    unsigned char bytes[32];
    if (!make_random(bytes, sizeof bytes)) return false;
    for (size_t i = 0; i < sizeof bytes; i++) (void)snprintf(identity->id + 2 * i, 3, "%02x", bytes[i]);
    return make_name(identity->name, sizeof identity->name, qualities, things) &&
           make_time(identity->time, sizeof identity->time) &&
           name_process(identity->process, sizeof identity->process);
}
