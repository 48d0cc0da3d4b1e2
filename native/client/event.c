#include "event.h"
#include "../common/exit-codes.h"
#include "utf8.h"

#include <stdint.h>
#include <string.h>

struct reader {
    char *at, *end;
};

static void skip_space(struct reader *reader) {
    while (reader->at < reader->end && memchr(" \t\n\r", *reader->at, 4) != NULL) reader->at++;
}

static bool take(struct reader *reader, char c) {
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != c) return false;
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) return false;
    reader->at += length;
    return true;
}

/* Four hexadecimal digits. */
static bool take_unit(struct reader *reader, uint32_t *unit) {
    if (reader->end - reader->at < 4) return false;
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = *reader->at++;
        unsigned digit = 0;
        if (c >= '0' && c <= '9') digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f') digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F') digit = (unsigned)(c - 'A') + 10;
        else return false;
        *unit = *unit << 4 | digit;
    }
    return true;
}

static bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/* Decodes what follows `\u`, in place: an escape is never shorter than its UTF-8. Lone surrogates become U+FFFD. */
static bool take_code(struct reader *reader, char **out) {
    uint32_t code = 0;
    if (!take_unit(reader, &code)) return false;
    if (code >= 0xd800 && code <= 0xdbff) {
        struct reader ahead = *reader;
        uint32_t low = 0;
        if (take_word(&ahead, "\\u") && take_unit(&ahead, &low) && is_low(low)) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            *reader = ahead;
        } else {
            code = 0xfffd;
        }
    } else if (is_low(code)) {
        code = 0xfffd;
    }
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char FIRST[] = {0, 0xc0, 0xe0, 0xf0};
    *(*out)++ = (char)(FIRST[more] | code >> 6 * more);
    while (more-- > 0) *(*out)++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return true;
}

static bool take_string(struct reader *reader, struct text *text) {
    static const char LETTERS[] = "\"\\/bfnrt", NAMED[] = "\"\\/\b\f\n\r\t";
    if (!take(reader, '"')) return false;
    char *out = reader->at;
    text->at = out;
    while (reader->at < reader->end) {
        char c = *reader->at++;
        if (c == '"') {
            text->length = (size_t)(out - text->at);
            return true;
        }
        if ((unsigned char)c < 0x20) return false;
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        if (reader->at == reader->end) return false;
        c = *reader->at++;
        const char *letter = c == '\0' ? NULL : strchr(LETTERS, c);
        if (letter != NULL) *out++ = NAMED[letter - LETTERS];
        else if (c != 'u' || !take_code(reader, &out)) return false;
    }
    return false;
}

enum { MAX_EXIT_CODE = 255 };

/* A non-negative integer; values above MAX_EXIT_CODE are not exact. */
static bool take_number(struct reader *reader, int *number) {
    char *begin = reader->at;
    for (*number = 0; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++)
        if (*number <= MAX_EXIT_CODE) *number = *number * 10 + (*reader->at - '0');
    return reader->at > begin;
}

struct value {
    enum { VALUE_TEXT, VALUE_NUMBER, VALUE_TRUE, VALUE_FALSE, VALUE_NULL } type;
    struct text text;
    int number;
};

static bool take_value(struct reader *reader, struct value *value) {
    skip_space(reader);
    if (take_word(reader, "true")) value->type = VALUE_TRUE;
    else if (take_word(reader, "false")) value->type = VALUE_FALSE;
    else if (take_word(reader, "null")) value->type = VALUE_NULL;
    else if (reader->at < reader->end && *reader->at == '"') {
        value->type = VALUE_TEXT;
        return take_string(reader, &value->text);
    } else {
        value->type = VALUE_NUMBER;
        return take_number(reader, &value->number);
    }
    return true;
}

static bool is(struct text text, const char *word) {
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

static enum event_kind kind_of(struct text name) {
    if (is(name, "started")) return EVENT_STARTED;
    if (is(name, "failed")) return EVENT_FAILED;
    if (is(name, "taken")) return EVENT_TAKEN;
    if (is(name, "claimed")) return EVENT_CLAIMED;
    return is(name, "exited") ? EVENT_EXITED : EVENT_OTHER;
}

/* Unknown fields are ignored: a later version may send more. */
static void set(struct event *event, struct text name, const struct value *value) {
    if (is(name, "program")) event->program = value->type == VALUE_TRUE;
    if (value->type == VALUE_NUMBER && is(name, "exitCode")) event->exit_code = value->number;
    if (value->type != VALUE_TEXT) return;
    if (is(name, "event")) event->kind = kind_of(value->text);
    if (is(name, "code")) event->code = value->text;
    if (is(name, "message")) event->message = value->text;
    if (is(name, "subject")) event->subject = value->text;
    if (is(name, "hint")) event->hint = value->text;
    if (is(name, "reason")) event->reason = value->text;
    if (is(name, "id")) event->id = value->text;
}

static bool is_whole(const struct event *event) {
    switch (event->kind) {
    case EVENT_EXITED:
        return event->exit_code >= 0 && event->exit_code <= MAX_EXIT_CODE;
    case EVENT_FAILED:
        return event->code.at != NULL && event->message.at != NULL;
    default:
        return true;
    }
}

int exit_code_of(const struct event *event) {
    static const struct {
        const char *code;
        int exit_code;
    } CODES[] = {{"not-found", 127}, {"not-executable", 126}, {"no-user", 126}, {"cwd", 126}, {"paused", 1}};
    if (event->kind == EVENT_EXITED) return event->exit_code;
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        if (is(event->code, CODES[i].code)) return CODES[i].exit_code;
    return EXIT_DIED;
}

bool read_event(char *json, size_t length, struct event *event) {
    struct reader reader = {json, json + length};
    *event = (struct event){.exit_code = -1};
    if (!is_utf8(json, length) || !take(&reader, '{')) return false;
    if (!take(&reader, '}')) {
        do {
            struct text name = {0};
            struct value value = {0};
            if (!take_string(&reader, &name) || !take(&reader, ':') || !take_value(&reader, &value)) return false;
            set(event, name, &value);
        } while (take(&reader, ','));
        if (!take(&reader, '}')) return false;
    }
    skip_space(&reader);
    return reader.at == reader.end && is_whole(event);
}
