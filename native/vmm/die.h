#ifndef BOX_DIE_H
#define BOX_DIE_H

/* Exit codes of the helper (docs/vmm-helper.md). */
enum { EXIT_HELPER = 125, EXIT_LOCKED = 75 };

/* Prints `box-vmm: MESSAGE` as one line on stderr and ends the process with EXIT_HELPER. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with the text of errno after the message. */
_Noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
