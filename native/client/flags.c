/* Parses flags as commander does: `-u x`, `-ux`, `--user x`, `--user=x`, `-iu x`, up to the name of the box. */
#include "flags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct flag {
    char letter;
    const char *name;
    bool valued;
} FLAGS[] = {
    {'i', "interactive", false}, {'d', "detach", false}, {0, "privileged", false},
    {'e', "env", true},          {'u', "user", true},    {'w', "workdir", true},
};
enum { COUNT = sizeof FLAGS / sizeof FLAGS[0] };

static const struct flag *by_letter(char letter) {
    for (size_t i = 0; i < COUNT; i++)
        if (letter != '\0' && FLAGS[i].letter == letter) return &FLAGS[i];
    return NULL;
}

static const struct flag *by_name(const char *name, size_t length) {
    for (size_t i = 0; i < COUNT; i++)
        if (strlen(FLAGS[i].name) == length && memcmp(FLAGS[i].name, name, length) == 0) return &FLAGS[i];
    return NULL;
}

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

static bool set(struct exec *exec, const struct flag *flag, const char *value) {
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

/* Parses one argument and, if its flag needs a value, the next. Returns how many were consumed; 0: leave them to Node. */
static size_t read_flag(struct exec *exec, char **words) {
    const char *word = words[0];
    if (word[1] == '-') {
        const char *name = word + 2, *equals = strchr(name, '=');
        const struct flag *flag = by_name(name, equals == NULL ? strlen(name) : (size_t)(equals - name));
        if (flag == NULL || (equals != NULL && !flag->valued)) return 0;
        if (!flag->valued) return set(exec, flag, "") ? 1 : 0;
        if (equals != NULL) return set(exec, flag, equals + 1);
        return words[1] != NULL && set(exec, flag, words[1]) ? 2 : 0;
    }
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct flag *flag = by_letter(*letter);
        if (flag == NULL) return 0;
        if (flag->valued && letter[1] != '\0') return set(exec, flag, letter + 1);
        if (flag->valued) return words[1] != NULL && set(exec, flag, words[1]) ? 2 : 0;
        (void)set(exec, flag, "");
    }
    return 1;
}

bool read_exec(char **words, struct exec *exec) {
    size_t count = 0;
    while (words[count] != NULL) count++;
    *exec = (struct exec){.env = calloc(count + 1, sizeof *exec->env)};
    if (exec->env == NULL) return false;
    while (*words != NULL && (*words)[0] == '-' && (*words)[1] != '\0') {
        if (strcmp(*words, "--") == 0) {
            words++;
            break;
        }
        size_t taken = read_flag(exec, words);
        if (taken == 0) return false;
        words += taken;
    }
    if (words[0] == NULL || words[1] == NULL) return false;
    exec->box = words[0];
    exec->command = words + 1;
    return true;
}
