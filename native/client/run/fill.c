#include "fill.h"
#include "../../common/plan-format.h"

#include <stdio.h>
#include <string.h>

/* Characters of an ID in host names and names of sockets. */
enum { SHORT_ID = 12 };

static void add_command(struct buffer *out, char *const *command) {
    for (char *const *word = command; *word != NULL; word++) {
        if (word != command) add_text(out, ",");
        add_string(out, *word);
    }
}

/* Values are numbered by a second character. Returns how many characters the hole has after its mark; 0 if it is unknown. */
static size_t add_value(struct buffer *out, const char *hole, const struct filling *filling) {
    size_t number = (size_t)((unsigned char)hole[1] - '0');
    if (hole[1] < '0' || number >= filling->value_count) return 0;
    add_escaped(out, filling->values[number], strlen(filling->values[number]));
    return 2;
}

static size_t fill_hole(struct buffer *out, const char *hole, const struct filling *filling) {
    char number[24];
    switch (hole[0]) {
    case HOLE_ID:
        add_text(out, filling->id);
        return 1;
    case HOLE_SHORT:
        add_bytes(out, filling->id, SHORT_ID);
        return 1;
    case HOLE_NAME:
        add_text(out, filling->name);
        return 1;
    case HOLE_TIME:
        add_text(out, filling->time);
        return 1;
    case HOLE_PROCESS:
        add_text(out, filling->process);
        return 1;
    case HOLE_COMMAND:
        add_command(out, filling->command);
        return 1;
    case HOLE_VALUE:
        return add_value(out, hole, filling);
    case HOLE_RECORD:
        if (filling->record == NULL) return 0;
        add_text(out, filling->record);
        return 1;
    case HOLE_LENGTH:
        (void)snprintf(number, sizeof number, "%zu", filling->request_length);
        add_text(out, number);
        return 1;
    default:
        return 0;
    }
}

void fill(struct buffer *out, const char *text, const struct filling *filling) {
    while (out->whole) {
        const char *mark = strchr(text, HOLE_MARK);
        if (mark == NULL) {
            add_text(out, text);
            return;
        }
        add_bytes(out, text, (size_t)(mark - text));
        size_t taken = fill_hole(out, mark + 1, filling);
        if (taken == 0) out->whole = false;
        text = mark + 1 + taken;
    }
}
