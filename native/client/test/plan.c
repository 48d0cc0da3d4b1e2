#include "run/plan.h"
#include "../common/plan-format.h"
#include "run/command-line.h"
#include "run/fill.h"
#include "run/digest.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key for a command line; NULL if it is left to Node. */
static const char *key_of(char **words, struct run *run) {
    static uint8_t bytes[512];
    struct buffer key = {bytes, sizeof bytes, 0, true};
    return read_run(words, run, &key) && terminate(&key) ? (const char *)bytes : NULL;
}

static void expect_key(char **words, const char *wanted) {
    struct run run;
    const char *key = key_of(words, &run);
    expect(key != NULL && strcmp(key, wanted) == 0, wanted);
}

static void test_keys(void) {
    struct run run;
    expect_key(WORDS("busybox"), "=7:busybox");
    expect_key(WORDS("--rm", "busybox", "true"), "2:rm0:=7:busybox4:true");
    expect_key(WORDS("--rm", "busybox", "true", "-x", "y"), "2:rm0:=7:busybox4:true");
    expect_key(WORDS("-ie", "A=1", "--env=B_2=", "-w/tmp", "--", "x", "id"),
               "11:interactive0:3:env1:A3:env3:B_27:workdir4:/tmp=1:x2:id");
    expect_key(WORDS("--name", "web", "-d", "x"), "6:detach0:=1:x");
    expect_key(WORDS("--pool", "--pool=ci", "x"), "4:pool0:4:pool2:ci=1:x");
    expect(key_of(WORDS("-e", "A=1", "--name=web", "-e", "B=2=3", "-d", "x", "y", "z"), &run) != NULL && run.detach &&
               !run.interactive && strcmp(run.name, "web") == 0 && run.value_count == 2 &&
               strcmp(run.values[0], "1") == 0 && strcmp(run.values[1], "2=3") == 0 && strcmp(run.image, "x") == 0 &&
               strcmp(run.command[1], "z") == 0,
           "the parts of a command line");
}

static void test_words_for_node(void) {
    char *const *const cases[] = {
        WORDS("--rm"),
        WORDS("-t", "x"),
        WORDS("-it", "x"),
        WORDS("-v", "/a:/b", "x"),
        WORDS("-p", "80:80", "x"),
        WORDS("--rm=false", "x"),
        WORDS("--pool=", "x"),
        WORDS("-e", "A", "x"),
        WORDS("-e", "=1", "x"),
        WORDS("-e", "A=1", "-e", "A=2", "x"),
        WORDS("--name", "a", "x"),
        WORDS("--name", "a/b", "x"),
        WORDS("--name", "_ab", "x"),
        WORDS("--name", "ab", "--name", "cd", "x"),
        WORDS("x", "-p", "80:80"),
        WORDS("x", "--", "y"),
        WORDS("x", ""),
        WORDS("--env-file", "f", "x"),
        WORDS("--help"),
    };
    struct run run;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (key_of((char **)cases[i], &run) != NULL) expect(false, cases[i][0]);
}

static const char FIELDS[] = "Kkey\0H/home\0S/run\0Qcalm\0Theron\0B{}\0E{}\0I/image\0L/lock\0h/lease\0"
                             "fa/absent\n\0Y\0w/helper\0U/layer\0R{}\0Y\0w/helper\0wlaunch\0fa/other\n\0U/layer\0R{}";

static const char POOLED[] = "Kkey\0H/home\0S/run\0Qcalm\0Theron\0B{}\0E{}\0L/lock\0h/lease\0"
                             "fa/absent\n\0Pci\0A{}\0Y\0U/layer\0R{}";
static const char BOTH[] = "Kkey\0H/home\0S/run\0Qcalm\0Theron\0B{}\0E{}\0L/lock\0h/lease\0"
                           "fa/absent\n\0Pci\0A{}\0Y\0U/layer\0R{}\0w/helper";

/* Reads a plan of these fields; the text must remain valid. */
static bool read_fields(const char *fields, size_t size, struct plan *plan) {
    static char bytes[1024];
    int head = snprintf(bytes, sizeof bytes, "box-plan %d %016" PRIx64, PLAN_VERSION, digest_of(fields, size));
    memcpy(bytes + head + 1, fields, size);
    return read_plan(bytes, (size_t)head + 1 + size, plan);
}

static void test_reading(void) {
    struct plan plan;
    const struct way *second = &plan.ways[1];
    expect(read_fields(FIELDS, sizeof FIELDS, &plan) && strcmp(plan.home, "/home") == 0 && plan.witnesses.count == 1 &&
               plan.way_count == 2 && second->word_count == 2 && strcmp(second->words[1], "launch") == 0 &&
               second->words[2] == NULL && second->witnesses.count == 1 && plan.ways[0].witnesses.count == 0,
           "a plan");
    size_t first_way = sizeof FIELDS - sizeof "Y\0w/helper\0wlaunch\0fa/other\n\0U/layer\0R{}";
    for (size_t size = 0; size < sizeof FIELDS; size++)
        expect(size == first_way || !read_fields(FIELDS, size, &plan), "part of a plan is none");
    expect(read_fields(POOLED, sizeof POOLED, &plan) && strcmp(plan.pool, "ci") == 0 && plan.ways[0].words[0] == NULL,
           "a plan for a pool");
    for (size_t size = 0; size < sizeof POOLED; size++)
        expect(!read_fields(POOLED, size, &plan), "part of a plan for a pool is none");
    char twice[sizeof FIELDS + 6];
    memcpy(twice, FIELDS, sizeof FIELDS);
    memcpy(twice + sizeof FIELDS, "Kother", 6);
    expect(!read_fields(twice, sizeof twice, &plan), "a field without an end");
    twice[sizeof twice - 1] = '\0';
    expect(!read_fields(twice, sizeof twice, &plan), "a second key");
    twice[sizeof FIELDS] = 'Y';
    expect(!read_fields(twice, sizeof twice, &plan), "a third way");
    expect(!read_fields(BOTH, sizeof BOTH, &plan), "both words and a pool");
    twice[sizeof FIELDS] = '?';
    expect(!read_fields(twice, sizeof twice, &plan), "an unknown field");
    char changed[sizeof FIELDS + 64];
    int head =
        snprintf(changed, sizeof changed, "box-plan %d %016" PRIx64, PLAN_VERSION, digest_of(FIELDS, sizeof FIELDS));
    memcpy(changed + head + 1, FIELDS, sizeof FIELDS);
    changed[head + 3]++;
    expect(!read_plan(changed, (size_t)head + 1 + sizeof FIELDS, &plan), "a changed byte");
}

/* A text with its holes filled; NULL if it is damaged. */
static const char *filled(const char *text, char **command) {
    static uint8_t bytes[256];
    static const char *const VALUES[] = {"a\"b", "\n"};
    struct filling filling = {.id = "0123456789abcdef",
                              .name = "web",
                              .time = "now",
                              .process = "1-2-3",
                              .command = command,
                              .values = VALUES,
                              .value_count = 2,
                              .request_length = 77};
    struct buffer out = {bytes, sizeof bytes, 0, true};
    fill(&out, text, &filling);
    return terminate(&out) ? (const char *)bytes : NULL;
}

static void expect_filled(const char *text, char **command, const char *wanted) {
    const char *found = filled(text, command);
    expect(found != NULL && strcmp(found, wanted) == 0, wanted);
}

static void test_filling(void) {
    expect_filled("no holes", WORDS(NULL), "no holes");
    expect_filled("\1I \1S \1N \1T \1P \1L", WORDS(NULL), "0123456789abcdef 0123456789ab web now 1-2-3 77");
    expect_filled("[\1C]", WORDS("sh", "a\"\n"), "[\"sh\",\"a\\\"\\n\"]");
    expect_filled("[\1C]", WORDS(NULL), "[]");
    expect_filled("\"A=\1V0\",\"\1V1\"", WORDS(NULL), "\"A=a\\\"b\",\"\\n\"");
    expect(filled("\1V2", WORDS(NULL)) == NULL, "a value that is missing");
    expect(filled("\1V", WORDS(NULL)) == NULL, "a value without a number");
    expect(filled("\1", WORDS(NULL)) == NULL, "an empty hole");
    expect(filled("\1?", WORDS(NULL)) == NULL, "an unknown hole");
    expect(filled("\1R", WORDS(NULL)) == NULL, "a record in a record");
    expect(filled("\1C", WORDS("\xff")) == NULL, "a word that is not UTF-8");
}

void test_plans(void) {
    test_keys();
    test_words_for_node();
    test_reading();
    test_filling();
}
