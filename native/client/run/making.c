#include "making.h"
#include "../request.h"
#include "../wire.h"
#include "fill.h"
#include "witness.h"

/* As in src/vm/protocol/control/launch-request.ts: this much is written at once. */
enum { MOST_REQUEST = 32000, MOST_ARGUMENTS = 1 << 17 };

static bool fill_in(struct buffer *out, uint8_t *bytes, size_t size, size_t from, const char *text,
                    const struct filling *filling) {
    *out = (struct buffer){bytes, size, from, true};
    fill(out, text, filling);
    return terminate(out);
}

/* The words of the helper, in one buffer. */
static bool fill_words(struct making *making, const struct filling *filling) {
    static uint8_t bytes[MOST_ARGUMENTS];
    struct buffer out = {bytes, sizeof bytes, 0, true};
    const struct way *way = making->way;
    for (size_t i = 0; i < way->word_count; i++) {
        making->words[i] = (char *)out.bytes + out.length;
        fill(&out, way->words[i], filling);
        add_bytes(&out, "", 1);
    }
    making->words[way->word_count] = NULL;
    return out.whole;
}

/* The command attaches in the same write as it launches the box: the program may be faster than whatever it does next. */
static bool add_attach(struct buffer *out, const struct run *run) {
    static struct request attach;
    if (!write_attach(&attach, run->interactive)) return false;
    add_bytes(out, (const char *)attach.bytes, attach.length);
    return out->whole;
}

bool fill_holes(struct making *making) {
    static uint8_t record[MOST_REQUEST], request[MOST_REQUEST], event[MOST_REQUEST];
    const struct plan *plan = &making->plan;
    const struct identity *identity = &making->identity;
    const struct run *run = making->run;
    struct filling filling = {.id = identity->id,
                              .name = making->name,
                              .time = identity->time,
                              .process = identity->process,
                              .command = run->command,
                              .values = run->values,
                              .value_count = run->value_count};
    if (!fill_in(&making->record, record, sizeof record, 0, plan->record, &filling)) return false;
    filling.record = (const char *)record;
    if (!fill_in(&making->request, request, sizeof request, WIRE_HEADER, making->way->request, &filling)) return false;
    write_header(request, KIND_JSON, (uint32_t)(making->request.length - WIRE_HEADER));
    filling.request_length = making->request.length;
    if (!run->detach && !add_attach(&making->request, run)) return false;
    return fill_in(&making->event, event, sizeof event, 0, plan->event, &filling) && fill_words(making, &filling);
}

/* Returns NULL if no way is possible. */
static const struct way *choose_way(const struct plan *plan) {
    for (size_t i = 0; i < plan->way_count; i++)
        if (are_as_before(&plan->ways[i].witnesses)) return &plan->ways[i];
    return NULL;
}

bool prepare(struct making *making, const struct run *run) {
    struct identity *identity = &making->identity;
    making->run = run;
    making->way = choose_way(&making->plan);
    if (making->way == NULL || !make_identity(identity, making->plan.qualities, making->plan.things)) return false;
    making->name = run->name == NULL ? identity->name : run->name;
    return fill_holes(making);
}
