// The rules that box-seccomp reads, one per line (docs/security.md).
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
    // Its conditions on capabilities are met.
    bool applies;
};

// Parses an action: allow, log, trap, kill, kill-process, errno:N, trace:N.
uint32_t parse_action(const char *word);
// Parses `ACTION NAME… [if CAPABILITY] [unless CAPABILITY] [when ARGUMENT [&MASK] OPERATOR VALUE]`, split into words, for a
// program with these capabilities.
void parse_rule(char **words, char **capabilities, struct rule *rule);

#endif
