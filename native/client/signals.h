#ifndef BOX_CLIENT_SIGNALS_H
#define BOX_CLIENT_SIGNALS_H

#include <signal.h>

/* Catches the signals that are forwarded to a program, as src/cli/terminal/signals.ts does. Returns a signalfd, or -1. */
int catch_signals(sigset_t *before);

/* Undoes it: those that have come take effect. */
void release_signals(int *arrivals, const sigset_t *before);

#endif
