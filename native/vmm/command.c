#include "command.h"

#include "die.h"

#include <stdlib.h>
#include <string.h>

char **extended(char **command, char *const *words, size_t more) {
    size_t count = 0;
    while (command[count] != NULL) count++;
    char **longer = calloc(count + more + 1, sizeof *longer);
    if (longer == NULL) die_errno("no memory");
    memcpy(longer, command, count * sizeof *longer);
    memcpy(longer + count, words, more * sizeof *longer);
    return longer;
}
