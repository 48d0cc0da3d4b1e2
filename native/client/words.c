#include "words.h"

#include <string.h>

static const struct flag *by_letter(const struct grammar *grammar, char letter) {
    for (size_t i = 0; i < grammar->count; i++)
        if (letter != '\0' && grammar->flags[i].letter == letter) return &grammar->flags[i];
    return NULL;
}

static const struct flag *by_name(const struct grammar *grammar, const char *name, size_t length) {
    for (size_t i = 0; i < grammar->count; i++) {
        const struct flag *flag = &grammar->flags[i];
        if (strlen(flag->name) == length && memcmp(flag->name, name, length) == 0) return flag;
    }
    return NULL;
}

/* Parses one argument and, if its flag needs a value, the next. Returns how many were consumed; 0: leave them to Node. */
static size_t take_flag(const struct grammar *grammar, char **words, void *into) {
    const char *word = words[0];
    if (word[1] == '-') {
        const char *name = word + 2, *equals = strchr(name, '=');
        const struct flag *flag = by_name(grammar, name, equals == NULL ? strlen(name) : (size_t)(equals - name));
        if (flag == NULL || (equals != NULL && flag->value == NO_VALUE)) return 0;
        if (equals != NULL && flag->value == OPTIONAL_VALUE && equals[1] == '\0') return 0;
        if (flag->value != VALUE && equals == NULL) return grammar->set(into, flag, "") ? 1 : 0;
        if (equals != NULL) return grammar->set(into, flag, equals + 1);
        return words[1] != NULL && grammar->set(into, flag, words[1]) ? 2 : 0;
    }
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct flag *flag = by_letter(grammar, *letter);
        if (flag == NULL) return 0;
        if (flag->value == VALUE && letter[1] != '\0') return grammar->set(into, flag, letter + 1);
        if (flag->value == VALUE) return words[1] != NULL && grammar->set(into, flag, words[1]) ? 2 : 0;
        if (!grammar->set(into, flag, "")) return 0;
    }
    return 1;
}

char **take_flags(const struct grammar *grammar, char **words, void *into) {
    while (*words != NULL && (*words)[0] == '-' && (*words)[1] != '\0') {
        if (strcmp(*words, "--") == 0) return words + 1;
        size_t taken = take_flag(grammar, words, into);
        if (taken == 0) return NULL;
        words += taken;
    }
    return words;
}
