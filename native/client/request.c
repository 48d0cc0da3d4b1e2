#include "request.h"
#include "buffer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct buffer begin(struct request *request) {
    return (struct buffer){request->bytes, sizeof request->bytes, WIRE_HEADER, true};
}

/* Adds the last field of a request and closes it. */
static bool end(struct request *request, struct buffer *json) {
    char text[32];
    (void)snprintf(text, sizeof text, ",\"version\":%d}", CONTROL_VERSION);
    add_text(json, text);
    request->length = json->length;
    if (json->whole) write_header(request->bytes, KIND_JSON, (uint32_t)(json->length - WIRE_HEADER));
    return json->whole;
}

bool write_exec(struct request *request, const struct exec *exec) {
    struct buffer json = begin(request);
    add_text(&json, "{\"op\":\"exec\",\"program\":{\"argv\":[");
    for (char **word = exec->command; *word != NULL; word++) {
        if (word != exec->command) add_text(&json, ",");
        add_string(&json, *word);
    }
    add_text(&json, "],\"stdin\":");
    /* As with Docker, a detached program gets no stdin. */
    add_text(&json, exec->interactive && !exec->detach ? "true" : "false");
    add_text(&json, exec->privileged ? ",\"privileged\":true,\"env\":[" : ",\"privileged\":false,\"env\":[");
    for (size_t i = 0; i < exec->env_count; i++) {
        const struct variable *variable = &exec->env[i];
        add_text(&json, i == 0 ? "\"" : ",\"");
        add_escaped(&json, variable->name, variable->name_length);
        if (variable->value != NULL) {
            add_text(&json, "=");
            add_escaped(&json, variable->value, strlen(variable->value));
        }
        add_text(&json, "\"");
    }
    add_text(&json, "]");
    if (exec->workdir != NULL) {
        add_text(&json, ",\"cwd\":");
        add_string(&json, exec->workdir);
    }
    if (exec->user != NULL) {
        add_text(&json, ",\"user\":");
        add_string(&json, exec->user);
    }
    add_text(&json, "}");
    return end(request, &json);
}

bool write_attach(struct request *request, bool interactive) {
    struct buffer json = begin(request);
    add_text(&json, interactive ? "{\"op\":\"attach\",\"stdin\":true" : "{\"op\":\"attach\",\"stdin\":false");
    return end(request, &json);
}

bool write_signal(struct request *request, int signal) {
    char text[64];
    (void)snprintf(text, sizeof text, "{\"op\":\"signal\",\"signal\":%d", signal);
    struct buffer json = begin(request);
    add_text(&json, text);
    return end(request, &json);
}

bool write_kill(struct request *request) {
    char text[64];
    (void)snprintf(text, sizeof text, "{\"op\":\"stop\",\"signal\":%d,\"timeoutMs\":0", SIGKILL);
    struct buffer json = begin(request);
    add_text(&json, text);
    return end(request, &json);
}
