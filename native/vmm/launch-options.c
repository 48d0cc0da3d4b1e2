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
    for (; *words != NULL && strcmp(*words, "--") != 0; words += 2) {
        if (words[1] == NULL) die("launch: %s needs a value", *words);
        if (strcmp(*words, "--lock") == 0) {
            request->lock = words[1];
        } else if (strcmp(*words, "--socket") == 0) {
            request->socket = words[1];
        } else if (strcmp(*words, "--monitor-data") == 0) {
            if (!parse_bytes(words[1], &request->monitor_data)) die("launch: %s is not a number of bytes", words[1]);
        } else if (strcmp(*words, "--request") == 0) {
            if (!parse_bytes(words[1], &request->request) || request->request > MAX_REQUEST) {
                die("launch: %s is not the size of a launch request", words[1]);
            }
        } else if (strcmp(*words, "--monitor-arg") == 0) {
            monitor[count++] = words[1];
        } else if (strcmp(*words, moved % 2 == 0 ? "--move" : "--to") == 0) {
            moves[moved++] = words[1];
        } else if (take_network_option(request->networks, words[0], words[1])) {
            joins = true;
        } else {
            die("launch: unknown option %s", *words);
        }
    }
    if (request->lock == NULL || request->socket == NULL || count == 0 || moved % 2 != 0 || *words == NULL ||
        words[1] == NULL) {
        die("usage: box-vmm launch --lock FILE --socket PATH [--move FILE --to FILE]… [--monitor-data BYTES] "
            "[--request BYTES] --monitor-arg ARG… -- VMM…");
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
