/* One input is one round. Where box-vmm would end, the round does, and what it has allocated goes with it. */
#ifndef FUZZ_ROUND_H
#define FUZZ_ROUND_H

#include <setjmp.h>
#include <stddef.h>

/* Where die() and die_errno() lead. */
extern jmp_buf ended;

/* What die() has said in this round; empty before that. */
extern char last_words[];

/* Stand in for the C library's. */
void *keep(void *memory);
void *kept_calloc(size_t count, size_t size);
void *kept_grown(void *memory, size_t count, size_t size);
void forget(void *memory);

/* Frees all that has been kept. */
void end_round(void);

#endif
