#include "claim.h"
#include "../../common/bytes.h"
#include "../../common/deadline.h"
#include "../../common/io.h"
#include "../../common/own.h"
#include "../buffer.h"
#include "../event.h"
#include "../find.h"
#include "../wire.h"
#include "folder.h"

#include <stdio.h>
#include <string.h>

/* How long a keeper and a monitor may take to answer. Node asks the keeper again, as long as this. */
enum { KEEPER_MS = 1000, MONITOR_MS = 10000 };
/* Characters of the ID in the name of a VM's socket. */
enum { SHORT_ID = 12 };

struct answer {
    char json[4096];
    struct event event;
};

/* Reads exactly this many bytes, unless that takes too long. */
static bool read_before(int stream, void *bytes, size_t length, int64_t deadline_ms) {
    for (size_t have = 0; have < length;) {
        if (!await_readable(stream, deadline_ms)) return false;
        ssize_t got = read_some(stream, (char *)bytes + have, length - have);
        if (got <= 0) return false;
        have += (size_t)got;
    }
    return true;
}

/* Reads the next message, and nothing after it. */
static bool read_answer(int stream, struct answer *answer, int within_ms) {
    uint8_t header[WIRE_HEADER];
    int64_t deadline = now_ms() + within_ms;
    if (!read_before(stream, header, sizeof header, deadline)) return false;
    size_t length = read_u32(header);
    return header[4] == KIND_JSON && length <= sizeof answer->json &&
           read_before(stream, answer->json, length, deadline) && read_event(answer->json, length, &answer->event);
}

static bool send_json(int stream, const char *json) {
    uint8_t header[WIRE_HEADER];
    size_t length = strlen(json);
    write_header(header, KIND_JSON, (uint32_t)length);
    return send_all(stream, header, sizeof header) && send_all(stream, json, length);
}

/* Connects to a socket of this user's processes. */
static int connect_to_own(const char *folder, const char *name) {
    cleanup_close int stream = connect_in(folder, name);
    return stream >= 0 && is_own_peer(stream) ? take_fd(&stream) : -1;
}

static bool is_id(struct text id) {
    if (id.at == NULL || id.length != 64) return false;
    for (size_t i = 0; i < id.length; i++)
        if (memchr("0123456789abcdef", id.at[i], 16) == NULL) return false;
    return true;
}

/* Asks the keeper for a VM and takes its directory, which decides who has it. */
static bool take_vm(const struct plan *plan, struct claim *claim) {
    static struct answer answer;
    char name[64];
    int length = snprintf(name, sizeof name, "%s.pool", plan->pool);
    if (length < 0 || (size_t)length >= sizeof name) return false;
    claim->keeper = connect_to_own(plan->runtime, name);
    if (claim->keeper < 0 || !send_json(claim->keeper, plan->ask) || !read_answer(claim->keeper, &answer, KEEPER_MS))
        return false;
    if (answer.event.kind != EVENT_TAKEN || !is_id(answer.event.id)) return false;
    (void)snprintf(claim->id, sizeof claim->id, "%.64s", answer.event.id.at);
    return take_folder(plan, claim->id);
}

static bool begin_claim(const struct plan *plan, struct claim *claim) {
    char name[SHORT_ID + sizeof ".sock"], json[64];
    (void)snprintf(name, sizeof name, "%.*s.sock", SHORT_ID, claim->id);
    (void)snprintf(json, sizeof json, "{\"op\":\"claim\",\"version\":%d}", CONTROL_VERSION);
    claim->monitor = connect_to_own(plan->runtime, name);
    return claim->monitor >= 0 && send_json(claim->monitor, json);
}

bool claim_vm(const struct plan *plan, struct claim *claim) {
    *claim = (struct claim){.keeper = -1, .monitor = -1};
    if (!take_vm(plan, claim)) {
        close_fd(&claim->keeper);
        return false;
    }
    if (begin_claim(plan, claim)) return true;
    discard_vm(plan, claim);
    return false;
}

bool await_claimed(const struct claim *claim) {
    static struct answer answer;
    return read_answer(claim->monitor, &answer, MONITOR_MS) && answer.event.kind == EVENT_CLAIMED;
}

void note_acquired(const struct claim *claim, double milliseconds) {
    char json[64];
    (void)snprintf(json, sizeof json, "{\"op\":\"acquired\",\"ms\":%.1f}", milliseconds);
    (void)send_json(claim->keeper, json);
}

void discard_vm(const struct plan *plan, struct claim *claim) {
    close_fd(&claim->monitor);
    close_fd(&claim->keeper);
    discard_folder(plan, claim->id);
}
