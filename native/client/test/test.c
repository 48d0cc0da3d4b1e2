/* Tests for command lines, requests, and valid and invalid events. */
#include "event.h"
#include "flags.h"
#include "request.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

void expect(bool holds, const char *what) {
    if (holds) return;
    failures++;
    (void)fprintf(stderr, "FAILED: %s\n", what);
}

/* The request for a command line; NULL if it is left to Node. */
static const char *request_of(char **words) {
    static struct request request;
    static char text[4096];
    struct exec exec;
    bool made = read_exec(words, &exec) && write_exec(&request, &exec);
    free(exec.env);
    if (!made) return NULL;
    size_t length = request.length - WIRE_HEADER;
    if (length >= sizeof text) abort();
    memcpy(text, request.bytes + WIRE_HEADER, length);
    text[length] = '\0';
    return text;
}

static void expect_request(char **words, const char *program) {
    char wanted[4096];
    (void)snprintf(wanted, sizeof wanted, "{\"op\":\"exec\",\"program\":{%s},\"version\":1}", program);
    const char *made = request_of(words);
    if (made == NULL || strcmp(made, wanted) != 0) (void)fprintf(stderr, "%s\n", made == NULL ? "none" : made);
    expect(made != NULL && strcmp(made, wanted) == 0, wanted);
}

static void test_requests(void) {
    expect_request(WORDS("web", "true"), "\"argv\":[\"true\"],\"stdin\":false,\"privileged\":false,\"env\":[]");
    expect_request(
        WORDS("-i", "--", "web", "sh", "-c", "a \"b\"\n\001\\"),
        "\"argv\":[\"sh\",\"-c\",\"a \\\"b\\\"\\n\\u0001\\\\\"],\"stdin\":true,\"privileged\":false,\"env\":[]");
    expect_request(WORDS("-iu", "nobody", "-w/tmp", "--env=A=1", "-e", "B=2", "-eA=3", "--privileged", "web", "id"),
                   "\"argv\":[\"id\"],\"stdin\":true,\"privileged\":true,\"env\":[\"A=3\",\"B=2\"],\"cwd\":\"/tmp\","
                   "\"user\":\"nobody\"");
    expect_request(WORDS("-e", "MISSING_HERE", "-e", "B=2", "-e", "B=", "web", "id"),
                   "\"argv\":[\"id\"],\"stdin\":false,\"privileged\":false,\"env\":[\"MISSING_HERE\",\"B=\"]");
    expect_request(WORDS("-di", "web", "-i"), "\"argv\":[\"-i\"],\"stdin\":false,\"privileged\":false,\"env\":[]");
}

static void test_words_for_node(void) {
    char *const *const cases[] = {
        WORDS("-it", "web", "sh"),
        WORDS("--help"),
        WORDS("web"),
        WORDS("-e"),
        WORDS("--nope", "web", "x"),
        WORDS("-u", "a b", "web", "x"),
        WORDS("-w", "tmp", "web", "x"),
        WORDS("-w", "/a/../b", "web", "x"),
        WORDS("--env-file", "f", "web", "x"),
        WORDS("-e", "=x", "web", "x"),
        WORDS("--interactive=yes", "web", "x"),
        WORDS("web", "\xff"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (request_of((char **)cases[i]) == NULL) continue;
        failures++;
        (void)fprintf(stderr, "FAILED: command line %zu is not left to Node\n", i);
    }
}

static bool read(const char *json, struct event *event) {
    static char copy[512];
    (void)snprintf(copy, sizeof copy, "%s", json);
    return read_event(copy, strlen(copy), event);
}

static bool is(struct text text, const char *wanted) {
    return text.at != NULL && text.length == strlen(wanted) && memcmp(text.at, wanted, text.length) == 0;
}

static void test_events(void) {
    struct event event;
    expect(read("{\"event\":\"exited\",\"exitCode\":3,\"oomKilled\":false}", &event) && event.kind == EVENT_EXITED &&
               event.exit_code == 3 && event.reason.at == NULL,
           "an exit");
    expect(read("{\"event\":\"failed\",\"code\":\"a\",\"message\":\"\\u00e9\\ud83d\\ude00\\ud83d.\",\"exitCode\":127}",
                &event) &&
               is(event.message, "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd."),
           "a failure in Unicode");
    expect(read("{\"event\":\"started\",\"program\":true}", &event) && event.program, "a program");
    expect(read("{\"event\":\"taken\",\"id\":\"0a\"}", &event) && event.kind == EVENT_TAKEN && is(event.id, "0a"),
           "a VM that was taken");
    expect(read("{\"event\":\"claimed\"}", &event) && event.kind == EVENT_CLAIMED, "a VM that was claimed");
    expect(read("{}", &event) && event.kind == EVENT_OTHER, "an empty object");
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"event\":\"exited\"}",
        "{\"event\":\"exited\",\"exitCode\":256}",
        "{\"event\":\"failed\",\"exitCode\":1}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":{}}",
        "{\"a\":1}}",
        "{\"a\":\"\xff\"}",
        "{\"a\":-1}",
        "{\"a\"}",
        "{\"a\":\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) expect(!read(bad[i], &event), bad[i]);
}

int main(void) {
    test_requests();
    test_words_for_node();
    test_events();
    test_plans();
    (void)printf("test-client\n");
    return failures == 0 ? 0 : 1;
}
