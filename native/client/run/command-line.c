#include "command-line.h"
#include "../words.h"

#include <stdio.h>
#include <string.h>

/* Neither files nor volumes, ports or terminals. Whether a plan can be made for their values is up to Node. */
static const struct flag FLAGS[] = {
    {'i', "interactive", NO_VALUE},
    {'d', "detach", NO_VALUE},
    {0, "rm", NO_VALUE},
    {0, "init", NO_VALUE},
    {0, "read-only", NO_VALUE},
    {0, "name", VALUE},
    {'e', "env", VALUE},
    {'u', "user", VALUE},
    {'w', "workdir", VALUE},
    {'h', "hostname", VALUE},
    {'l', "label", VALUE},
    {'m', "memory", VALUE},
    {0, "cpus", VALUE},
    {0, "network", VALUE},
    {0, "entrypoint", VALUE},
    {0, "vmm", VALUE},
    {0, "shm-size", VALUE},
    {0, "stop-signal", VALUE},
    {0, "stop-timeout", VALUE},
    {0, "tmpfs", VALUE},
    {0, "ulimit", VALUE},
    {0, "pids-limit", VALUE},
    {0, "storage-opt", VALUE},
    {0, "pool", OPTIONAL_VALUE},
};

struct reading {
    struct run *run;
    struct buffer *key;
    /* Names of variables, with the `=`. */
    const char *names[MOST_VARIABLES];
};

void add_to_key(struct buffer *key, const char *bytes, size_t length) {
    char prefix[24];
    (void)snprintf(prefix, sizeof prefix, "%zu:", length);
    add_text(key, prefix);
    add_bytes(key, bytes, length);
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* As in src/vm/box/name.ts. */
static bool is_name(const char *text) {
    size_t length = strlen(text);
    if (length < 2 || length > 128 || !is_word(text[0]) || text[0] == '_') return false;
    for (; *text != '\0'; text++)
        if (!is_word(*text) && *text != '.' && *text != '-') return false;
    return true;
}

/* NAME=VALUE. Without a value, the variable is the caller's, which Node looks up. */
static bool add_variable(struct reading *reading, const char *text) {
    size_t length = 0;
    while (is_word(text[length])) length++;
    if (length == 0 || text[length] != '=' || reading->run->value_count == MOST_VARIABLES) return false;
    for (size_t i = 0; i < reading->run->value_count; i++)
        if (strncmp(reading->names[i], text, length + 1) == 0) return false;
    add_to_key(reading->key, text, length);
    reading->names[reading->run->value_count] = text;
    reading->run->values[reading->run->value_count++] = text + length + 1;
    return true;
}

static bool set(void *into, const struct flag *flag, const char *value) {
    struct reading *reading = into;
    struct run *run = reading->run;
    if (strcmp(flag->name, "name") == 0) {
        if (run->name != NULL) return false;
        run->name = value;
        return is_name(value);
    }
    add_to_key(reading->key, flag->name, strlen(flag->name));
    if (strcmp(flag->name, "env") == 0) return add_variable(reading, value);
    if (strcmp(flag->name, "interactive") == 0) run->interactive = true;
    if (strcmp(flag->name, "detach") == 0) run->detach = true;
    add_to_key(reading->key, value, strlen(value));
    return true;
}

bool read_run(char **words, struct run *run, struct buffer *key) {
    static const struct grammar GRAMMAR = {FLAGS, sizeof FLAGS / sizeof FLAGS[0], set};
    *run = (struct run){0};
    struct reading reading = {run, key, {NULL}};
    words = take_flags(&GRAMMAR, words, &reading);
    if (words == NULL || words[0] == NULL) return false;
    run->image = words[0];
    run->command = words + 1;
    add_text(key, "=");
    add_to_key(key, run->image, strlen(run->image));
    /* The program may be an init, which is started in another way. Flags after the image are for Node. */
    const char *program = run->command[0];
    if (program == NULL) return key->whole;
    if (program[0] == '-' || program[0] == '\0') return false;
    add_to_key(key, program, strlen(program));
    return key->whole;
}
