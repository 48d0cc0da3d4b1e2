#include "fabric.h"

#include "../common/bytes.h"
#include "forward.h"

#include <stdlib.h>
#include <string.h>

struct member *fabric_add(struct fabric *fabric, int stream) {
    struct member *member = fabric->count == MAX_MEMBERS ? NULL : calloc(1, sizeof *member);
    if (member == NULL) return NULL;
    member->stream = stream;
    fabric->members[fabric->count++] = member;
    return member;
}

void fabric_sweep(struct fabric *fabric, void (*each)(struct member *member)) {
    size_t kept = 0;
    for (size_t i = 0; i < fabric->count; i++) {
        struct member *member = fabric->members[i];
        if (!member->gone) {
            fabric->members[kept++] = member;
            continue;
        }
        each(member);
        free(member);
    }
    fabric->count = kept;
}

/* Only members keep a network; one that is empty is merely held. */
static struct segment *find_segment(const struct fabric *fabric, const char *key) {
    struct segment *segment = fabric->segments;
    while (segment != NULL && (segment->count == 0 || strcmp(segment->key, key) != 0)) segment = segment->next;
    return segment;
}

static struct segment *make_segment(struct fabric *fabric, const struct hello_network *wanted) {
    struct segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL) return NULL;
    memcpy(segment->key, wanted->key, strlen(wanted->key));
    segment->subnet = wanted->subnet;
    segment->next = fabric->segments;
    fabric->segments = segment;
    return segment;
}

static void remove_if_empty(struct fabric *fabric, struct segment *segment) {
    struct segment **at = &fabric->segments;
    if (segment->count > 0 || segment->held != NULL) return;
    while (*at != segment) at = &(*at)->next;
    *at = segment->next;
    free(segment);
}

static void leave_place(struct fabric *fabric, struct place *place) {
    struct segment *segment = place->segment;
    segment_leave(place);
    remove_if_empty(fabric, segment);
}

static void leave_all(struct fabric *fabric, struct member *member) {
    while (member->place_count > 0) leave_place(fabric, member->places[member->place_count - 1]);
}

void fabric_leave(struct fabric *fabric, struct member *member) {
    leave_all(fabric, member);
    member->gone = true;
}

static struct place *place_on(const struct member *member, const char *key) {
    for (size_t i = 0; i < member->place_count; i++) {
        if (strcmp(member->places[i]->segment->key, key) == 0) return member->places[i];
    }
    return NULL;
}

/* A frame belongs to the network of its source address, so a member's networks must not share addresses. */
static bool overlaps_others(const struct member *member, const struct subnet *subnet) {
    for (size_t i = 0; i < member->place_count; i++) {
        if (subnets_overlap(&member->places[i]->segment->subnet, subnet)) return true;
    }
    return false;
}

static enum answer enter(struct fabric *fabric, struct member *member, const struct hello_network *wanted) {
    struct segment *segment = find_segment(fabric, wanted->key);
    if (place_on(member, wanted->key) != NULL) return ANSWER_ALREADY_ON;
    if (overlaps_others(member, segment == NULL ? &wanted->subnet : &segment->subnet)) return ANSWER_OVERLAP;
    if (segment == NULL) segment = make_segment(fabric, wanted);
    if (segment == NULL) return ANSWER_CROWDED;
    enum answer answer = segment_enter(segment, member, wanted);
    remove_if_empty(fabric, segment);
    return answer;
}

/* Enters networks, all or none. INDEX is set to that of the network at fault. */
static enum answer enter_all(struct fabric *fabric, struct member *member, const struct hello *hello, size_t *index) {
    size_t before = member->place_count;
    for (*index = 0; *index < hello->count; (*index)++) {
        const struct hello_network *wanted = &hello->networks[*index];
        if (wanted->action != ACTION_ENTER) continue;
        enum answer answer = enter(fabric, member, wanted);
        if (answer == ANSWER_OK) continue;
        while (member->place_count > before) leave_place(fabric, member->places[before]);
        return answer;
    }
    return ANSWER_OK;
}

static struct member *find_member(const struct fabric *fabric, const char *id) {
    for (size_t i = 0; i < fabric->count; i++) {
        struct member *member = fabric->members[i];
        if (member->joined && !member->gone && strcmp(member->id, id) == 0) return member;
    }
    return NULL;
}

static bool has_mac(const struct fabric *fabric, const uint8_t mac[MAC_BYTES]) {
    for (size_t i = 0; i < fabric->count; i++) {
        const struct member *member = fabric->members[i];
        if (member->joined && !member->gone && memcmp(member->mac, mac, MAC_BYTES) == 0) return true;
    }
    return false;
}

/*
 * As in Docker, derives the MAC from the address. Members of different networks may have the same address, so the first
 * byte varies: any locally administered unicast one but that of segment_mac().
 */
static bool choose_mac(const struct fabric *fabric, struct member *member) {
    uint8_t mac[MAC_BYTES] = {0x02, 0x42};
    write_be32(mac + 2, member->places[0]->address);
    while (has_mac(fabric, mac)) {
        mac[0] = (uint8_t)(mac[0] + 4);
        if (mac[0] == 0xfe) return false;
    }
    memcpy(member->mac, mac, sizeof mac);
    return true;
}

static enum answer enter_first(struct fabric *fabric, struct member *member, const struct hello *hello, size_t *index) {
    enum answer answer = enter_all(fabric, member, hello, index);
    if (answer != ANSWER_OK || choose_mac(fabric, member)) return answer;
    leave_all(fabric, member);
    *index = 0;
    return ANSWER_CROWDED;
}

/* Takes the member off its networks, or back to where it was. */
static void set_held(struct member *member, bool is_held) {
    for (size_t i = 0; i < member->place_count; i++) {
        if (is_held) {
            segment_hold(member->places[i]);
        } else {
            segment_return(member->places[i]);
        }
    }
    member->joined = !is_held;
}

/* A box that is started again replaces its former self, whose stream may not have been closed yet. */
static enum answer join(struct fabric *fabric, struct member *member, const struct hello *hello, size_t *index) {
    struct member *former = find_member(fabric, hello->id);
    if (former != NULL) set_held(former, true);
    enum answer answer = enter_first(fabric, member, hello, index);
    if (former != NULL && answer == ANSWER_OK) fabric_leave(fabric, former);
    if (former != NULL && answer != ANSWER_OK) set_held(former, false);
    if (answer != ANSWER_OK) return answer;
    memcpy(member->id, hello->id, strlen(hello->id) + 1);
    member->joined = true;
    return ANSWER_OK;
}

static enum answer change(struct fabric *fabric, struct member *member, const struct hello *hello, size_t *index) {
    for (*index = 0; *index < hello->count; (*index)++) {
        const struct hello_network *network = &hello->networks[*index];
        if (network->action != ACTION_ENTER && place_on(member, network->key) == NULL) return ANSWER_UNKNOWN;
    }
    enum answer answer = enter_all(fabric, member, hello, index);
    if (answer != ANSWER_OK) return answer;
    for (size_t i = 0; i < hello->count; i++) {
        const struct hello_network *network = &hello->networks[i];
        if (network->action == ACTION_LEAVE) leave_place(fabric, place_on(member, network->key));
        if (network->action == ACTION_NAME) segment_name(place_on(member, network->key), network->names);
    }
    return ANSWER_OK;
}

/* Replies with the member's addresses on the networks that it has entered, and announces them to the other members there. */
static void confirm(const struct member *member, const struct hello *hello, struct outlet *outlet) {
    uint8_t answer[ANSWER_BYTES] = {ANSWER_OK};
    size_t used = 1 + MAC_BYTES;
    memcpy(answer + 1, member->mac, MAC_BYTES);
    for (size_t i = 0; i < hello->count; i++) {
        if (hello->networks[i].action != ACTION_ENTER) continue;
        const struct place *place = place_on(member, hello->networks[i].key);
        const struct subnet *subnet = &place->segment->subnet;
        write_be32(answer + used, place->address);
        answer[used + ADDRESS_BYTES] = subnet->prefix;
        write_be32(answer + used + ADDRESS_BYTES + 1, subnet->gateway);
        used += ANSWER_NETWORK_BYTES;
        announce(place);
    }
    outlet_add(outlet, answer, used);
}

enum answer fabric_greet(struct fabric *fabric, struct member *member, const uint8_t *bytes, size_t length) {
    struct hello hello;
    size_t index = 0;
    enum answer answer = ANSWER_INVALID;
    struct member *subject = member;
    if (hello_parse(bytes, length, &hello)) {
        if (hello.kind == HELLO_CHANGE) subject = find_member(fabric, hello.id);
        answer = subject == NULL     ? ANSWER_UNKNOWN
                 : subject == member ? join(fabric, member, &hello, &index)
                                     : change(fabric, subject, &hello, &index);
    }
    if (answer == ANSWER_OK) {
        confirm(subject, &hello, &member->outlet);
    } else {
        const uint8_t refusal[] = {(uint8_t)answer, (uint8_t)index};
        outlet_add(&member->outlet, refusal, sizeof refusal);
    }
    if (!member->joined) fabric_leave(fabric, member);
    return answer;
}
