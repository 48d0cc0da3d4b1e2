#ifndef BOX_LAYERS_H
#define BOX_LAYERS_H

#include <stdbool.h>

/* The layers of isolation between a VMM and its host, in the order in which they are listed. */
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

/* Records that a layer is in effect. */
void layer_holds(enum layer layer);

/* Records that a layer is missing, with a printf-style reason. */
void layer_fails(enum layer layer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Records that this VMM does not need a layer, and why. */
void layer_spared(enum layer layer, const char *reason);

bool layer_is_held(enum layer layer);

/* Writes a line with all layers to LOG, if IN_LOG, and their names to WARNINGS if any are missing; closes both. */
void layers_report(int log, int warnings, bool in_log);

/* For `box info`: prints `NAME TAB yes|no TAB REASON`, one per line. */
void layers_print(void);

#endif
