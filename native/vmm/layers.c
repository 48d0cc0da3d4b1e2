/* Keeps track of the layers between the VMM and the host, so that no layer is missing silently. */
#define _GNU_SOURCE
#include "layers.h"

#include "die.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Names in `box info` and in the monitor's log. */
static const char *const names[LAYER_COUNT] = {
    [LAYER_USER] = "user-namespace",     [LAYER_ROOT] = "own-root",
    [LAYER_PROCESSES] = "pid-namespace", [LAYER_IPC] = "ipc-namespace",
    [LAYER_HOST_NAME] = "uts-namespace", [LAYER_NETWORK] = "network-namespace",
    [LAYER_OWN_USER] = "own-user",       [LAYER_PRIVILEGES] = "no-new-privileges",
    [LAYER_LIMITS] = "rlimits",          [LAYER_SECCOMP] = "seccomp",
    [LAYER_LANDLOCK] = "landlock",       [LAYER_QEMU] = "qemu-sandbox",
};

enum state { SPARED, HELD, MISSING };

static struct {
    enum state state;
    char reason[200];
} layers[LAYER_COUNT];

void layer_holds(enum layer layer) { layers[layer].state = HELD; }

void layer_fails(enum layer layer, const char *format, ...) {
    layers[layer].state = MISSING;
    va_list values;
    va_start(values, format);
    vsnprintf(layers[layer].reason, sizeof layers[layer].reason, format, values);
    va_end(values);
    for (char *at = layers[layer].reason; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\t') *at = ' ';
    }
}

void layer_spared(enum layer layer, const char *reason) {
    layers[layer].state = SPARED;
    snprintf(layers[layer].reason, sizeof layers[layer].reason, "%s", reason);
}

bool layer_is_held(enum layer layer) { return layers[layer].state == HELD; }

/* Writes `a, b` or `a (why), b (why)`; the text is large enough for all names. */
static void list(enum state wanted, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < LAYER_COUNT && used < size; i++) {
        if (layers[i].state != wanted) continue;
        const char *reason = layers[i].reason;
        bool told = wanted != HELD;
        if (told && reason[0] == '\0') continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s%s", used == 0 ? "" : ", ", names[i],
                                 told ? " (" : "", told ? reason : "", told ? ")" : "");
    }
}

/* A line for src/vm/jail/warning.ts: fields separated by tabs. */
static void warn_of_missing(int warnings) {
    char line[512];
    size_t used = (size_t)snprintf(line, sizeof line, "missing-layers");
    for (size_t i = 0; i < LAYER_COUNT && used < sizeof line; i++) {
        if (layers[i].state != MISSING || layers[i].reason[0] == '\0') continue;
        used += (size_t)snprintf(line + used, sizeof line - used, "\t%s", names[i]);
    }
    dprintf(warnings, "%s\n", line);
}

void layers_report(int log, int warnings, bool in_log) {
    char held[512];
    char missing[LAYER_COUNT * 256];
    char spared[LAYER_COUNT * 256];
    char now[32] = "";
    struct tm parts;
    time_t seconds = time(NULL);
    if (gmtime_r(&seconds, &parts) != NULL) strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &parts);
    list(HELD, held, sizeof held);
    list(MISSING, missing, sizeof missing);
    list(SPARED, spared, sizeof spared);
    bool all = missing[0] == '\0';
    if (in_log) {
        dprintf(log, "%s info jail: %s%s%s%s%s\n", now, held, all ? "" : "; missing: ", missing,
                spared[0] == '\0' ? "" : "; left out: ", spared);
    }
    close(log);
    /* The command may have ended long ago. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    if (!all) warn_of_missing(warnings);
    signal(SIGPIPE, before);
    close(warnings);
}

void layers_print(void) {
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        if (layers[i].state == SPARED && layers[i].reason[0] == '\0') continue;
        printf("%s\t%s\t%s\n", names[i], layers[i].state == HELD ? "yes" : "no", layers[i].reason);
    }
    if (fflush(stdout) != 0) die_errno("cannot write");
}
