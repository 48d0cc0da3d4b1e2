#include "rule.h"

#include "../common/die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t parse_number(const char *word) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(word ? word : "", &end, 0);
    if (!word || errno != 0 || end == word || *end != '\0' || *word == '-')
        die("\"%s\" is not a number", word ? word : "");
    return value;
}

uint32_t parse_action(const char *word) {
    static const struct {
        const char *name;
        uint32_t action;
    } ACTIONS[] = {
        {"allow", SCMP_ACT_ALLOW},
        {"log", SCMP_ACT_LOG},
        {"trap", SCMP_ACT_TRAP},
        {"kill", SCMP_ACT_KILL_THREAD},
        {"kill-process", SCMP_ACT_KILL_PROCESS},
    };
    for (size_t i = 0; i < sizeof ACTIONS / sizeof ACTIONS[0]; i++) {
        if (strcmp(word, ACTIONS[i].name) == 0) return ACTIONS[i].action;
    }
    const char *colon = strchr(word, ':');
    if (colon) {
        uint64_t value = parse_number(colon + 1);
        if (value > 0xffff) die("%s: the number is too large", word);
        if (strncmp(word, "errno:", 6) == 0) return SCMP_ACT_ERRNO(value);
        if (strncmp(word, "trace:", 6) == 0) return SCMP_ACT_TRACE(value);
    }
    die("\"%s\" is not an action", word);
}

// Parses `ARGUMENT [&MASK] OPERATOR VALUE`; returns the number of words.
static int parse_comparison(char **words, struct scmp_arg_cmp *comparison) {
    static const struct {
        const char *name;
        enum scmp_compare op;
    } OPERATORS[] = {
        {"!=", SCMP_CMP_NE}, {"<", SCMP_CMP_LT},  {"<=", SCMP_CMP_LE},
        {"==", SCMP_CMP_EQ}, {">=", SCMP_CMP_GE}, {">", SCMP_CMP_GT},
    };
    uint64_t argument = parse_number(words[0]);
    if (argument > 5) die("system calls have no argument %s", words[0]);
    const char *sign = words[1] ? words[1] : "";
    if (sign[0] == '&') {
        if (!words[2] || strcmp(words[2], "==") != 0) die("a mask requires the operator ==");
        *comparison =
            SCMP_CMP64((unsigned)argument, SCMP_CMP_MASKED_EQ, parse_number(sign + 1), parse_number(words[3]));
        return 4;
    }
    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        if (strcmp(sign, OPERATORS[i].name) != 0) continue;
        *comparison = SCMP_CMP64((unsigned)argument, OPERATORS[i].op, parse_number(words[2]));
        return 3;
    }
    die("\"%s\" is not an operator", sign);
}

static bool has(char **capabilities, const char *name) {
    if (!name) die("a condition without a capability");
    for (; *capabilities; capabilities++) {
        if (strcmp(*capabilities, name) == 0) return true;
    }
    return false;
}

void parse_rule(char **words, char **capabilities, struct rule *rule) {
    *rule = (struct rule){.action = parse_action(words[0]), .applies = true};
    for (words++; *words; words++) {
        if (strcmp(*words, "if") == 0) {
            rule->applies &= has(capabilities, *++words);
        } else if (strcmp(*words, "unless") == 0) {
            rule->applies &= !has(capabilities, *++words);
        } else if (strcmp(*words, "when") == 0) {
            if (rule->comparison_count == MAX_COMPARISONS) die("a rule with too many comparisons");
            words += parse_comparison(words + 1, &rule->comparisons[rule->comparison_count++]);
        } else if (rule->name_count == MAX_NAMES) {
            die("a rule with too many names");
        } else {
            rule->names[rule->name_count++] = *words;
        }
    }
    if (rule->name_count == 0) die("a rule without a system call");
}
