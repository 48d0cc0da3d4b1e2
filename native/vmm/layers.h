#ifndef BOX_LAYERS_H
#define BOX_LAYERS_H

#include <stdbool.h>

/* The layers between a VMM and its host, in the order in which they are told. */
enum layer {
    LAYER_USER,
    LAYER_ROOT,
    LAYER_PROCESSES,
    LAYER_IPC,
    LAYER_HOST_NAME,
    LAYER_NETWORK,
    LAYER_OWN_USER,
    LAYER_PRIVILEGES,
    LAYER_LIMITS,
    LAYER_SECCOMP,
    LAYER_LANDLOCK,
    LAYER_QEMU,
    LAYER_COUNT
};

/* Says that a layer holds. */
void layer_holds(enum layer layer);

/* Says that it does not, and why, in the manner of printf. */
void layer_fails(enum layer layer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says that this VMM needs none, and why. */
void layer_spared(enum layer layer, const char *reason);

bool layer_is_held(enum layer layer);

/* One line on what holds and what does not for LOG, if IN_LOG, one for WARNINGS when something is missing; closes both. */
void layers_report(int log, int warnings, bool in_log);

/* For `box info`: `NAME TAB yes|no TAB REASON`, one a line, on stdout. */
void layers_print(void);

#endif
