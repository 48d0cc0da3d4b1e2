// System calls that came after the library: their numbers are the same on every architecture.
#ifndef NEWER_H
#define NEWER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

enum { MAX_PROLOGUE = 256 };

// What the filter does before the library's part.
struct prologue {
    uint32_t default_action;
    // Whether 32-bit programs may run.
    bool with_x86;
    // By how they are called: those that rules name, with the action.
    size_t count;
    struct {
        uint32_t number, action;
    } newer[64];
    // The largest numbers that rules name.
    uint32_t last_x86_64, last_x86;
};

// Takes a rule's call when the library does not know it. Returns false when nobody does.
bool add_newer(struct prologue *prologue, const char *name, const struct rule *rule);
// Remembers what the rules reach up to.
void note_call(struct prologue *prologue, const char *name);
// Writes the instructions. As runc does: a call that is newer than all of the rules gives ENOSYS, so that the C library
// takes an older one; EPERM would make it give up.
size_t write_prologue(const struct prologue *prologue, struct sock_filter *at);

#endif
