#include "plan.h"
#include "../../common/plan-format.h"
#include "digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Takes a text up to its NUL. Returns NULL at the end. */
static const char *take_text(const char **at, const char *end) {
    const char *text = *at, *nul = text == end ? NULL : memchr(text, '\0', (size_t)(end - text));
    if (nul != NULL) *at = nul + 1;
    return nul == NULL ? NULL : text;
}

/* Where the text of a field that occurs once is put. */
static const char **place_of(struct plan *plan, char kind) {
    switch (kind) {
    case PLAN_KEY:
        return &plan->key;
    case PLAN_HOME:
        return &plan->home;
    case PLAN_RUNTIME:
        return &plan->runtime;
    case PLAN_QUALITIES:
        return &plan->qualities;
    case PLAN_THINGS:
        return &plan->things;
    case PLAN_RECORD:
        return &plan->record;
    case PLAN_EVENT:
        return &plan->event;
    case PLAN_REMOVAL:
        return &plan->removal;
    case PLAN_POOL:
        return &plan->pool;
    case PLAN_ASK:
        return &plan->ask;
    default:
        return NULL;
    }
}

static bool append(const char **list, size_t most, size_t *count, const char *text) {
    if (*count == most) return false;
    list[(*count)++] = text;
    return true;
}

/* Sets a text that occurs once. */
static bool set(const char **place, const char *text) {
    if (place == NULL || *place != NULL) return false;
    *place = text;
    return true;
}

static bool add_witness(struct witnesses *witnesses, const char *text) {
    return append(witnesses->texts, PLAN_MOST_WITNESSES, &witnesses->count, text);
}

static bool put_in_way(struct way *way, char kind, const char *text) {
    if (kind == PLAN_WORD) return append(way->words, PLAN_MOST_WORDS, &way->word_count, text);
    if (kind == PLAN_WITNESS) return add_witness(&way->witnesses, text);
    if (kind == PLAN_REQUEST) return set(&way->request, text);
    return kind == PLAN_LAYER && set(&way->layer, text);
}

static bool put(struct plan *plan, char kind, const char *text) {
    if (kind == PLAN_WAY) return plan->way_count++ < PLAN_MOST_WAYS;
    if (plan->way_count > 0) return put_in_way(&plan->ways[plan->way_count - 1], kind, text);
    if (kind == PLAN_LEASE) return append(plan->leases, PLAN_MOST_PATHS, &plan->lease_count, text);
    if (kind == PLAN_USED) return append(plan->used, PLAN_MOST_PATHS, &plan->used_count, text);
    if (kind == PLAN_WITNESS) return add_witness(&plan->witnesses, text);
    return set(place_of(plan, kind), text);
}

static bool is_whole(struct plan *plan) {
    static const char ONCE[] = {PLAN_KEY,    PLAN_HOME,   PLAN_RUNTIME, PLAN_QUALITIES,
                                PLAN_THINGS, PLAN_RECORD, PLAN_EVENT,   PLAN_REMOVAL};
    for (size_t i = 0; i < sizeof ONCE; i++) {
        const char **place = place_of(plan, ONCE[i]);
        if (place == NULL || *place == NULL) return false;
    }
    bool pooled = plan->pool != NULL;
    if (pooled != (plan->ask != NULL)) return false;
    for (size_t i = 0; i < plan->way_count; i++)
        if (plan->ways[i].layer == NULL || plan->ways[i].request == NULL || pooled != (plan->ways[i].word_count == 0))
            return false;
    return plan->lease_count > 0 && plan->witnesses.count > 0 && plan->way_count > 0;
}

/* The first text is the version, and the digest of the rest. */
static bool take_header(const char **at, const char *end) {
    const char *header = take_text(at, end);
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "box-plan %d %016" PRIx64, PLAN_VERSION, digest_of(*at, (size_t)(end - *at)));
    return header != NULL && strcmp(header, wanted) == 0;
}

bool read_plan(const char *bytes, size_t length, struct plan *plan) {
    const char *at = bytes, *end = bytes + length;
    *plan = (struct plan){0};
    if (!take_header(&at, end)) return false;
    while (at < end) {
        const char *field = take_text(&at, end);
        if (field == NULL || field[0] == '\0' || !put(plan, field[0], field + 1)) return false;
    }
    return is_whole(plan);
}
