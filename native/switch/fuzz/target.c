/*
 * The input is a list of chunks, each preceded by two bytes with its sender and length. A chunk arrives in a single
 * recv(), as from a guest that splits its frames arbitrarily. Four streams begin with a hello; one that says something else
 * is replaced by a new one. The first two are on one network, the last two on another, so nothing that these send may reach
 * the others, unless they have said a different hello.
 */
#define _GNU_SOURCE
#include "../../fuzz/target.h"

#include "../fabric.h"
#include "../forward.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static const uint8_t *piece;
static size_t piece_length;

static ssize_t receive_piece(void *to, size_t size) {
    size_t length = piece_length < size ? piece_length : size;
    memcpy(to, piece, length);
    piece += length;
    piece_length -= length;
    return (ssize_t)length;
}

/* Accepts part of the data and discards it. */
static ssize_t send_some(const struct msghdr *message) {
    size_t length = message->msg_iov[0].iov_len;
    return (ssize_t)(length > 1000 ? 1000 : length > 0 ? length : message->msg_iov[1].iov_len);
}
#define recv(stream, to, size, flags) ((void)(stream), receive_piece(to, size))
#define sendmsg(stream, message, flags) ((void)(stream), send_some(message))
#include "../stream.c"
#undef recv
#undef sendmsg

enum { STREAMS = 4, POOL = 2 * STREAMS };

/* Members are large; allocating them would take most of the time. */
static struct member pool[POOL];
static bool is_used[POOL];

static void *take_memory(size_t count, size_t size) {
    if (size != sizeof(struct member)) return calloc(count, size);
    size_t i = 0;
    while (i < POOL && is_used[i]) i++;
    if (i == POOL) abort();
    is_used[i] = true;
    struct member *member = &pool[i];
    memset(member, 0, offsetof(struct member, inlet));
    member->inlet.start = member->inlet.end = member->inlet.skipped = 0;
    member->outlet.start = member->outlet.used = 0;
    return member;
}

static void give_memory(void *memory) {
    const struct member *member = memory;
    if (member < pool || member >= pool + POOL) {
        free(memory);
    } else {
        is_used[member - pool] = false;
    }
}
#define calloc(count, size) take_memory(count, size)
#define free(memory) give_memory(memory)
#include "../fabric.c"
#undef calloc
#undef free

static struct fabric fabric;
static struct member *members[STREAMS];

static void forget(struct member *member) {
    for (size_t i = 0; i < STREAMS; i++) {
        if (members[i] == member) members[i] = NULL;
    }
}

/* Closes streams that are gone, and opens new ones. */
static void replace_gone(void) {
    fabric_sweep(&fabric, forget);
    for (size_t i = 0; i < STREAMS; i++) {
        if (members[i] == NULL) members[i] = fabric_add(&fabric, -1);
        if (members[i] == NULL) abort();
    }
}

static void clear(void) {
    for (size_t i = 0; i < fabric.count; i++) fabric_leave(&fabric, fabric.members[i]);
    fabric_sweep(&fabric, forget);
    if (fabric.segments != NULL) abort();
}

/* Checks that a member is sent only complete frames of valid length. */
static void check_outlet(const struct outlet *outlet) {
    size_t at = 0;
    if (outlet->used > OUTLET_BYTES || outlet->start >= OUTLET_BYTES) abort();
    if (outlet->start != 0) return;
    while (at < outlet->used) {
        const uint8_t *head = outlet->bytes + at;
        size_t length = (size_t)head[2] << 8 | head[3];
        if (outlet->used - at < LENGTH_BYTES || head[0] != 0 || head[1] != 0 || length > MAX_FRAME) abort();
        at += LENGTH_BYTES + length;
    }
    if (at != outlet->used) abort();
}

static bool meets(const struct member *one, const struct member *other) {
    for (size_t i = 0; i < one->place_count; i++) {
        for (size_t k = 0; k < other->place_count; k++) {
            if (one->places[i]->segment == other->places[k]->segment) return true;
        }
    }
    return false;
}

/* Passes on a frame, which must reach only members that share a network with its sender. */
static void pass(const struct member *from, const uint8_t *frame, size_t length) {
    size_t before[STREAMS];
    for (size_t i = 0; i < STREAMS; i++) before[i] = members[i]->outlet.used;
    forward(from, frame, length);
    for (size_t i = 0; i < STREAMS; i++) {
        bool has_received = members[i]->outlet.used != before[i];
        if (has_received && !meets(from, members[i])) abort();
    }
}

/* Checks what holds for all members and networks, whatever they have said. */
static void check_fabric(void) {
    for (const struct segment *segment = fabric.segments; segment != NULL; segment = segment->next) {
        if (segment->count == 0 || segment->count > MAX_PLACES) abort();
        for (size_t i = 0; i < segment->count; i++) {
            const struct place *place = segment->places[i];
            if (place->segment != segment || !subnet_has_place(&segment->subnet, place->address)) abort();
            for (size_t k = 0; k < i; k++) {
                if (segment->places[k]->address == place->address) abort();
                if (memcmp(segment->places[k]->member->mac, place->member->mac, MAC_BYTES) == 0) abort();
            }
        }
    }
    for (size_t i = 0; i < STREAMS; i++) {
        if (members[i]->place_count > 0 && !members[i]->joined) abort();
    }
}

static void receive_from(struct member *member) {
    const uint8_t *frame = NULL;
    size_t length = 0;
    if (!inlet_fill(&member->inlet, -1)) fabric_leave(&fabric, member);
    while (!member->gone && inlet_next(&member->inlet, member->joined ? MAX_FRAME : HELLO_BYTES, &frame, &length)) {
        if (member->joined) {
            pass(member, frame, length);
        } else {
            (void)fabric_greet(&fabric, member, frame, length);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    replace_gone();
    while (size >= 2) {
        unsigned index = data[0] % STREAMS;
        /* Low bits: sender; high bits: upper part of the length. */
        size_t length = (size_t)(data[0] >> 4) << 8 | data[1];
        data += 2;
        size -= 2;
        piece = data;
        piece_length = length < size ? length : size;
        data += piece_length;
        size -= piece_length;
        receive_from(members[index]);
        for (unsigned i = 0; i < STREAMS; i++) {
            check_outlet(&members[i]->outlet);
            if (members[i]->outlet.used > OUTLET_BYTES / 2 && !outlet_flush(&members[i]->outlet, -1)) abort();
        }
        replace_gone();
        check_fabric();
    }
    clear();
    return 0;
}
