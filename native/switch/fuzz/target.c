/*
 * The input is a list of chunks, each preceded by two bytes with its sender and length. A chunk arrives in a single
 * recv(), as from a guest that splits its frames arbitrarily. A member that sends something invalid is replaced by a
 * new one.
 */
#define _GNU_SOURCE
#include "../../fuzz/target.h"

#include "../segment.h"

#include <stdbool.h>
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

enum { MEMBERS = 3 };

static struct segment segment;
static struct member members[MEMBERS];
static unsigned numbers[MEMBERS];

static void enter(unsigned index) {
    struct member *member = &members[index];
    member->joined = false;
    member->inlet.start = member->inlet.end = 0;
    member->inlet.skipped = 0;
    member->outlet.start = member->outlet.used = 0;
    numbers[index] = segment_add(&segment, member);
    if (numbers[index] == 0) abort();
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

static bool receive(unsigned index) {
    struct member *member = &members[index];
    const uint8_t *frame = NULL;
    size_t length = 0;
    if (!inlet_fill(&member->inlet, 0)) return false;
    while (inlet_next(&member->inlet, &frame, &length)) {
        if (member->joined) {
            segment_pass(&segment, numbers[index], frame, length);
        } else if (!segment_join(&segment, numbers[index], frame, length)) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memset(&segment, 0, sizeof segment);
    memcpy(segment.network, "\x0a\x59\x07", sizeof segment.network);
    for (unsigned i = 0; i < MEMBERS; i++) enter(i);
    while (size >= 2) {
        unsigned index = data[0] % MEMBERS;
        /* Low bits: sender; high bits: upper part of the length. */
        size_t length = (size_t)(data[0] >> 4) << 8 | data[1];
        data += 2;
        size -= 2;
        piece = data;
        piece_length = length < size ? length : size;
        data += piece_length;
        size -= piece_length;
        if (!receive(index)) {
            segment_remove(&segment, numbers[index]);
            enter(index);
        }
        for (unsigned i = 0; i < MEMBERS; i++) {
            check_outlet(&members[i].outlet);
            if (members[i].outlet.used > OUTLET_BYTES / 2 && !outlet_flush(&members[i].outlet, 0)) abort();
        }
    }
    return 0;
}
