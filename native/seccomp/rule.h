// The rules that box-seccomp reads, one a line (docs/security.md).
#ifndef RULE_H
#define RULE_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_NAMES = 1024, MAX_COMPARISONS = 6 };

struct rule {
    uint32_t action;
    size_t name_count;
    const char *names[MAX_NAMES];
    unsigned comparison_count;
    struct scmp_arg_cmp comparisons[MAX_COMPARISONS];
    // Its conditions on capabilities hold.
    bool applies;
};

// What the action's words mean: allow, log, trap, kill, kill-process, errno:N, trace:N.
uint32_t parse_action(const char *word);
// Reads `ACTION NAME… [if CAPABILITY] [unless CAPABILITY] [when ARGUMENT [&MASK] OPERATOR VALUE]`, cut into words, with the
// capabilities that the program will have.
void parse_rule(char **words, char **capabilities, struct rule *rule);

#endif
