/* Each input is a round. When box-vmm would exit, the round ends, and its memory is freed. */
#ifndef FUZZ_ROUND_H
#define FUZZ_ROUND_H

#include <setjmp.h>
#include <stddef.h>

/* Target of die() and die_errno(). */
extern jmp_buf ended;

/* The message of die() in this round; empty before that. */
extern char last_message[];

/* Replace the C library's functions. */
void *keep(void *memory);
void *kept_calloc(size_t count, size_t size);
void *kept_grown(void *memory, size_t count, size_t size);
void forget(void *memory);

/* Frees all memory passed to keep(). */
void end_round(void);

#endif
