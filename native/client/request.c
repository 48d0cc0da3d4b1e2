#include "request.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

static void add(struct request *request, const char *bytes, size_t length) {
    if (length > sizeof request->bytes - request->length) request->whole = false;
    if (!request->whole) return;
    memcpy(request->bytes + request->length, bytes, length);
    request->length += length;
}

static void add_text(struct request *request, const char *text) { add(request, text, strlen(text)); }

/* Adds the contents of a JSON string (RFC 8259, section 7), escaped as by JSON.stringify. */
static void add_escaped(struct request *request, const char *bytes, size_t length) {
    static const char NAMED[] = "\"\\\b\f\n\r\t", LETTERS[] = "\"\\bfnrt";
    if (!is_utf8(bytes, length)) request->whole = false;
    for (size_t i = 0; i < length && request->whole; i++) {
        char c = bytes[i], escape[8];
        const char *named = c == '\0' ? NULL : strchr(NAMED, c);
        if (named != NULL) {
            escape[0] = '\\';
            escape[1] = LETTERS[named - NAMED];
            add(request, escape, 2);
        } else if ((unsigned char)c < 0x20) {
            (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c);
            add_text(request, escape);
        } else {
            add(request, &c, 1);
        }
    }
}

static void add_string(struct request *request, const char *string) {
    add_text(request, "\"");
    add_escaped(request, string, strlen(string));
    add_text(request, "\"");
}

static void begin(struct request *request) {
    request->whole = true;
    request->length = WIRE_HEADER;
}

/* Adds the last field of a request and closes it. */
static void add_version(struct request *request) {
    char text[32];
    (void)snprintf(text, sizeof text, ",\"version\":%d}", CONTROL_VERSION);
    add_text(request, text);
}

static bool end(struct request *request) {
    if (request->whole) write_header(request->bytes, KIND_JSON, (uint32_t)(request->length - WIRE_HEADER));
    return request->whole;
}

bool write_exec(struct request *request, const struct exec *exec) {
    begin(request);
    add_text(request, "{\"op\":\"exec\",\"program\":{\"argv\":[");
    for (char **word = exec->command; *word != NULL; word++) {
        if (word != exec->command) add_text(request, ",");
        add_string(request, *word);
    }
    add_text(request, "],\"stdin\":");
    /* As with Docker, a detached program gets no stdin. */
    add_text(request, exec->interactive && !exec->detach ? "true" : "false");
    add_text(request, exec->privileged ? ",\"privileged\":true,\"env\":[" : ",\"privileged\":false,\"env\":[");
    for (size_t i = 0; i < exec->env_count; i++) {
        const struct variable *variable = &exec->env[i];
        add_text(request, i == 0 ? "\"" : ",\"");
        add_escaped(request, variable->name, variable->name_length);
        if (variable->value != NULL) {
            add_text(request, "=");
            add_escaped(request, variable->value, strlen(variable->value));
        }
        add_text(request, "\"");
    }
    add_text(request, "]");
    if (exec->workdir != NULL) {
        add_text(request, ",\"cwd\":");
        add_string(request, exec->workdir);
    }
    if (exec->user != NULL) {
        add_text(request, ",\"user\":");
        add_string(request, exec->user);
    }
    add_text(request, "}");
    add_version(request);
    return end(request);
}

bool write_signal(struct request *request, int signal) {
    char text[64];
    (void)snprintf(text, sizeof text, "{\"op\":\"signal\",\"signal\":%d", signal);
    begin(request);
    add_text(request, text);
    add_version(request);
    return end(request);
}
