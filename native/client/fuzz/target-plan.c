/* A plan without its header, whose digest would not survive mutations. */
#include "../../fuzz/target.h"

#include "../../common/plan-format.h"
#include "../run/fill.h"
#include "../run/digest.h"
#include "../run/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_text(const char *text) {
    static char *command[] = {"sh", "-c", "a \"b\"", NULL};
    static const char *const VALUES[] = {"1", "\\"};
    static uint8_t bytes[4096];
    struct filling filling = {.id = "0123456789abcdef",
                              .name = "web",
                              .time = "now",
                              .process = "1-2-3",
                              .command = command,
                              .values = VALUES,
                              .value_count = 2,
                              .record = "{}"};
    struct buffer out = {bytes, sizeof bytes, 0, true};
    fill(&out, text, &filling);
    if (out.length > out.size) abort();
}

static void check_witnesses(const struct witnesses *witnesses, size_t whole) {
    for (size_t i = 0; i < witnesses->count; i++)
        if (strlen(witnesses->texts[i]) > whole) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char head[64];
    int length = snprintf(head, sizeof head, "box-plan %d %016" PRIx64, PLAN_VERSION, digest_of(data, size));
    /* A separate allocation, so that the sanitizer notices reads beyond it. */
    size_t whole = (size_t)length + 1 + size;
    char *bytes = malloc(whole);
    if (bytes == NULL) abort();
    memcpy(bytes, head, (size_t)length + 1);
    if (size > 0) memcpy(bytes + length + 1, data, size);
    struct plan plan;
    if (read_plan(bytes, whole, &plan)) {
        fill_text(plan.record);
        fill_text(plan.event);
        check_witnesses(&plan.witnesses, whole);
        for (size_t i = 0; i < plan.way_count; i++) {
            const struct way *way = &plan.ways[i];
            fill_text(way->request);
            for (size_t j = 0; j < way->word_count; j++) fill_text(way->words[j]);
            check_witnesses(&way->witnesses, whole);
        }
    }
    free(bytes);
    return 0;
}
