#include "launch-options.h"

#include "data-limit.h"
#include "die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t length_of(char *const *words) {
    size_t count = 0;
    while (words[count] != NULL) count++;
    return count;
}

bool parse_bytes(const char *text, rlim_t *bytes) {
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') return false;
    *bytes = (rlim_t)number;
    return true;
}

/* `monitor` and `moves` are as long as `words`, which is always enough. */
static void parse(char **words, struct launch *request, char **monitor, char **moves) {
    bool joins = false;
    size_t count = 0;
    size_t moved = 0;
    for (; *words != NULL && strcmp(*words, "--") != 0; words++) {
        const char *option = *words;
        if (strcmp(option, "--wake") == 0) {
            request->wake = true;
            continue;
        }
        char *value = *++words;
        if (value == NULL) die("launch: %s needs a value", option);
        if (strcmp(option, "--lock") == 0) {
            request->lock = value;
        } else if (strcmp(option, "--socket") == 0) {
            request->socket = value;
        } else if (strcmp(option, "--slots") == 0) {
            request->slots = value;
        } else if (strcmp(option, "--monitor-data") == 0) {
            if (!parse_bytes(value, &request->monitor_data)) die("launch: %s is not a number of bytes", value);
        } else if (strcmp(option, "--request") == 0) {
            if (!parse_bytes(value, &request->request) || request->request > MAX_REQUEST) {
                die("launch: %s is not the size of a launch request", value);
            }
        } else if (strcmp(option, "--monitor-arg") == 0) {
            monitor[count++] = value;
        } else if (strcmp(option, moved % 2 == 0 ? "--move" : "--to") == 0) {
            moves[moved++] = value;
        } else if (take_network_option(request->networks, option, value)) {
            joins = true;
        } else {
            die("launch: unknown option %s", option);
        }
    }
    if (request->lock == NULL || request->socket == NULL || count == 0 || moved % 2 != 0 || *words == NULL ||
        words[1] == NULL) {
        die("usage: box-vmm launch --lock FILE --socket PATH [--move FILE --to FILE]… [--monitor-data BYTES] "
            "[--request BYTES] [--slots FILE] [--wake] --monitor-arg ARG… -- VMM…");
    }
    if (joins) check_networks(request->networks, HELLO_JOIN);
    if (monitor[0][0] != '/') die("launch: %s is not an absolute path", monitor[0]);
    request->monitor = monitor;
    request->moves = moves;
    request->vmm = words + 1;
}

struct launch parse_launch(char **words) {
    struct launch request = {.monitor_data = MONITOR_DATA};
    size_t room = length_of(words) + 1;
    char **monitor = calloc(room, sizeof *monitor);
    char **moves = calloc(room, sizeof *moves);
    request.networks = calloc(1, sizeof *request.networks);
    if (monitor == NULL || moves == NULL || request.networks == NULL) die_errno("no memory");
    parse(words, &request, monitor, moves);
    return request;
}
