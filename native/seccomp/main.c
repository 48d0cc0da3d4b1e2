// box-seccomp [CAPABILITY…] < RULES > FILTER: compiles rules into a seccomp(2) filter for a program with these capabilities.
// FILTER consists of a u32 with flags for seccomp(2) and the instructions, as sent in START (docs/protocol.md).
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/die.h"
#include "newer.h"
#include "rule.h"

enum { MAX_WORDS = MAX_NAMES + 64, MAX_INSTRUCTIONS = 4096 };

struct filter {
    scmp_filter_ctx context;
    uint32_t flags;
    struct prologue prologue;
};

static void set_default(struct filter *filter, const char *action) {
    if (filter->context) die("duplicate default action");
    filter->prologue.default_action = parse_action(action ? action : "");
    filter->context = seccomp_init(filter->prologue.default_action);
    if (!filter->context) die("cannot create a filter");
}

static void add_architectures(struct filter *filter, char **names) {
    for (; *names; names++) {
        uint32_t arch = seccomp_arch_resolve_name(*names);
        if (arch == 0) die("\"%s\" is not an architecture", *names);
        filter->prologue.with_x86 |= arch == SCMP_ARCH_X86;
        int result = seccomp_arch_add(filter->context, arch);
        if (result < 0 && result != -EEXIST) die("architecture %s: %s", *names, strerror(-result));
    }
}

static void add_flags(struct filter *filter, char **names) {
    for (; *names; names++) {
        if (strcmp(*names, "log") == 0) {
            filter->flags |= 1U << 1;
        } else if (strcmp(*names, "spec-allow") == 0) {
            filter->flags |= 1U << 2;
        } else {
            die("\"%s\" is not a flag", *names);
        }
    }
}

// The library does not accept two comparisons of the same argument in one rule. As in runc, each becomes a rule of its own.
static bool compares_twice(const struct rule *rule) {
    unsigned seen = 0;
    for (unsigned i = 0; i < rule->comparison_count; i++) {
        unsigned bit = 1U << rule->comparisons[i].arg;
        if (seen & bit) return true;
        seen |= bit;
    }
    return false;
}

static void add_call(struct filter *filter, const struct rule *rule, const char *name) {
    int call = seccomp_syscall_resolve_name(name);
    // A profile may name calls that this library or architecture does not have.
    if (call == __NR_SCMP_ERROR) {
        (void)add_newer(&filter->prologue, name, rule);
        return;
    }
    note_call(&filter->prologue, name);
    bool split = compares_twice(rule);
    for (unsigned i = 0; i < (split ? rule->comparison_count : 1); i++) {
        unsigned count = split ? 1 : rule->comparison_count;
        int result = seccomp_rule_add_array(filter->context, rule->action, call, count, rule->comparisons + i);
        if (result < 0 && result != -EEXIST) die("%s: %s", name, strerror(-result));
    }
}

static void take_line(struct filter *filter, char *line, char **capabilities) {
    static char *words[MAX_WORDS + 4];
    static struct rule rule;
    size_t count = 0;
    line[strcspn(line, "#\n")] = '\0';
    for (char *word = strtok(line, " \t"); word; word = strtok(NULL, " \t")) {
        if (count == MAX_WORDS) die("too many words in a line");
        words[count++] = word;
    }
    memset(&words[count], 0, 4 * sizeof words[0]);
    if (count == 0) return;
    if (strcmp(words[0], "default") == 0) {
        set_default(filter, words[1]);
    } else if (!filter->context) {
        die("the rules must begin with a default action");
    } else if (strcmp(words[0], "arch") == 0) {
        add_architectures(filter, words + 1);
    } else if (strcmp(words[0], "flag") == 0) {
        add_flags(filter, words + 1);
    } else {
        parse_rule(words, capabilities, &rule);
        // The library rejects rules whose action is the default.
        if (!rule.applies || rule.action == filter->prologue.default_action) return;
        for (size_t i = 0; i < rule.name_count; i++) add_call(filter, &rule, rule.names[i]);
    }
}

// Writes the prologue, followed by the library's instructions.
static size_t assemble(const struct filter *filter, struct sock_filter *program) {
    size_t count = write_prologue(&filter->prologue, program);
    cleanup_close int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0) die_errno("cannot compile the filter");
    int result = seccomp_export_bpf(filter->context, fd);
    if (result < 0) die("cannot compile the filter: %s", strerror(-result));
    off_t bytes = lseek(fd, 0, SEEK_END);
    size_t room = (MAX_INSTRUCTIONS - count) * sizeof *program;
    if (bytes < 0 || (size_t)bytes > room) die("the filter has more than %d instructions", MAX_INSTRUCTIONS);
    if (pread(fd, program + count, (size_t)bytes, 0) != bytes) die_errno("cannot read the filter");
    return count + (size_t)bytes / sizeof *program;
}

int main(int argc, char **argv) {
    static struct filter filter;
    static struct sock_filter program[MAX_INSTRUCTIONS];
    cleanup_free char *line = NULL;
    size_t size = 0;
    (void)argc;
    while (getline(&line, &size, stdin) >= 0) take_line(&filter, line, argv + 1);
    if (!filter.context) die("no rules");
    size_t count = assemble(&filter, program);
    seccomp_release(filter.context);
    if (fwrite(&filter.flags, sizeof filter.flags, 1, stdout) != 1 ||
        fwrite(program, sizeof program[0], count, stdout) != count || fflush(stdout) != 0) {
        die_errno("cannot write the filter");
    }
    return 0;
}
