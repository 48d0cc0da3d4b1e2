#include "segment.h"

#include "../common/bytes.h"

#include <stdlib.h>
#include <string.h>

void segment_mac(const struct segment *segment, uint8_t mac[MAC_BYTES]) {
    mac[0] = 0xfe;
    mac[1] = 0x42;
    write_be32(mac + 2, segment->subnet.gateway);
}

static bool is_taken(const struct segment *segment, uint32_t address) {
    for (size_t i = 0; i < segment->count; i++) {
        if (segment->places[i]->address == address) return true;
    }
    return false;
}

/* Each try that fails has met the gateway or a different member. */
static enum answer assign(struct segment *segment, uint32_t *address) {
    uint32_t next = segment->last == 0 ? segment->subnet.address : segment->last;
    for (size_t tries = 0; tries < MAX_PLACES + 1; tries++) {
        next = subnet_after(&segment->subnet, next);
        if (!subnet_has_place(&segment->subnet, next) || is_taken(segment, next)) continue;
        segment->last = next;
        *address = next;
        return ANSWER_OK;
    }
    return ANSWER_FULL;
}

static enum answer find_address(struct segment *segment, uint32_t wanted, uint32_t *address) {
    if (wanted == 0) return assign(segment, address);
    if (wanted == segment->subnet.gateway || is_taken(segment, wanted)) return ANSWER_TAKEN;
    if (!subnet_has_place(&segment->subnet, wanted)) return ANSWER_OUTSIDE;
    *address = wanted;
    return ANSWER_OK;
}

static char lower(char byte) { return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte); }

static void copy_lower(char *to, struct strings strings) {
    for (size_t i = 0; i < strings.length; i++) to[i] = lower(strings.bytes[i]);
}

enum answer segment_enter(struct segment *segment, struct member *member, const struct hello_network *wanted) {
    uint32_t address = 0;
    if (segment->count == MAX_PLACES) return ANSWER_FULL;
    if (member->place_count == MAX_NETWORKS) return ANSWER_CROWDED;
    enum answer answer = find_address(segment, wanted->address, &address);
    if (answer != ANSWER_OK) return answer;
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) return ANSWER_CROWDED;
    place->segment = segment;
    place->member = member;
    place->address = address;
    copy_lower(place->names, wanted->names);
    copy_lower(place->links, wanted->links);
    copy_lower(place->network, (struct strings){wanted->label, strlen(wanted->label)});
    segment->places[segment->count++] = place;
    member->places[member->place_count++] = place;
    return ANSWER_OK;
}

/* Removes the place from the list, and keeps the order of the others. Returns the new number of places. */
static size_t without(struct place **places, size_t count, const struct place *place) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i] != place) places[kept++] = places[i];
    }
    return kept;
}

void segment_leave(struct place *place) {
    struct segment *segment = place->segment;
    struct member *member = place->member;
    if (segment->held == place) segment->held = NULL;
    segment->count = without(segment->places, segment->count, place);
    member->place_count = without(member->places, member->place_count, place);
    free(place);
}

void segment_hold(struct place *place) {
    struct segment *segment = place->segment;
    segment->count = without(segment->places, segment->count, place);
    segment->held = place;
}

void segment_return(struct place *place) {
    struct segment *segment = place->segment;
    segment->held = NULL;
    segment->places[segment->count++] = place;
}

void segment_name(struct place *place, struct strings names) {
    memset(place->names, 0, sizeof place->names);
    copy_lower(place->names, names);
}
