#include "flags.h"
#include "words.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct flag FLAGS[] = {
    {'i', "interactive", NO_VALUE}, {'d', "detach", NO_VALUE}, {0, "privileged", NO_VALUE}, {'e', "env", VALUE},
    {'u', "user", VALUE},           {'w', "workdir", VALUE},
};

/* Whether the text is plainly USER or USER:GROUP. */
static bool is_account(const char *text) {
    int colons = 0;
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        unsigned char byte = (unsigned char)text[length];
        if (byte <= ' ' || byte >= 0x7f || byte == '/') return false;
        if (byte == ':' && ++colons > 1) return false;
    }
    return length <= 256;
}

/* Whether the path is absolute and needs no normalization. */
static bool is_canonical(const char *path) {
    if (path[0] != '/' || strlen(path) >= PATH_MAX) return false;
    if (path[1] == '\0') return true;
    for (const char *part = path; *part != '\0';) {
        size_t length = strcspn(++part, "/");
        if (length == 0 || strncmp(part, ".", length) == 0 || (length == 2 && strncmp(part, "..", 2) == 0))
            return false;
        part += length;
    }
    return true;
}

/* The last value of a name wins, at the position of the first. */
static bool add_variable(struct exec *exec, const char *text) {
    struct variable variable = {.name = text, .name_length = strcspn(text, "=")};
    if (variable.name_length == 0) return false;
    variable.value = text[variable.name_length] == '=' ? text + variable.name_length + 1 : getenv(text);
    size_t i = 0;
    while (i < exec->env_count && (exec->env[i].name_length != variable.name_length ||
                                   memcmp(exec->env[i].name, text, variable.name_length) != 0))
        i++;
    exec->env[i] = variable;
    if (i == exec->env_count) exec->env_count++;
    return true;
}

static bool set(void *into, const struct flag *flag, const char *value) {
    struct exec *exec = into;
    switch (flag->name[0]) {
    case 'i':
        exec->interactive = true;
        return true;
    case 'd':
        exec->detach = true;
        return true;
    case 'p':
        exec->privileged = true;
        return true;
    case 'e':
        return add_variable(exec, value);
    case 'u':
        exec->user = value;
        return is_account(value);
    default:
        exec->workdir = value;
        return is_canonical(value);
    }
}

bool read_exec(char **words, struct exec *exec) {
    static const struct grammar GRAMMAR = {FLAGS, sizeof FLAGS / sizeof FLAGS[0], set};
    size_t count = 0;
    while (words[count] != NULL) count++;
    *exec = (struct exec){.env = calloc(count + 1, sizeof *exec->env)};
    if (exec->env == NULL) return false;
    words = take_flags(&GRAMMAR, words, exec);
    if (words == NULL || words[0] == NULL || words[1] == NULL) return false;
    exec->box = words[0];
    exec->command = words + 1;
    return true;
}
