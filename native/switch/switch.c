#define _GNU_SOURCE
#include "switch.h"

#include "../common/cleanup.h"
#include "../common/own.h"
#include "segment.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(struct segment *segment, unsigned number) {
    struct member *member = segment->members[number];
    segment_remove(segment, number);
    close(member->stream);
    free(member);
}

/* Returns false if the network is full or memory is exhausted. */
static bool add(struct segment *segment, int stream) {
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) return false;
    member->stream = stream;
    if (segment_add(segment, member) != 0) return true;
    free(member);
    return false;
}

/*
 * Any user can connect to the address, so connections of other users are rejected. If the network is full, a special
 * frame says so.
 */
static void accept_member(struct segment *segment, int listener, uid_t owner) {
    static const uint8_t no_place[LENGTH_BYTES + 1] = {0, 0, 0, 1, 0};
    cleanup_close int stream = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (stream < 0 || !is_peer(stream, owner)) return;
    if (add(segment, stream)) {
        (void)take_fd(&stream);
    } else {
        (void)send(stream, no_place, sizeof no_place, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Returns false if the member has left, or sent something invalid instead of its names. */
static bool receive(struct segment *segment, unsigned number) {
    struct member *member = segment->members[number];
    const uint8_t *frame = NULL;
    size_t length = 0;
    if (!inlet_fill(&member->inlet, member->stream)) return false;
    while (inlet_next(&member->inlet, &frame, &length)) {
        if (member->joined) {
            segment_pass(segment, number, frame, length);
        } else if (!segment_join(segment, number, frame, length)) {
            return false;
        }
    }
    return true;
}

static void flush_all(struct segment *segment) {
    for (unsigned number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
        struct member *member = segment->members[number];
        if (member == NULL || member->outlet.used == 0) continue;
        if (!outlet_flush(&member->outlet, member->stream)) leave(segment, number);
    }
}

/* Lists the listener and then the members, whose numbers go to the same index of `numbers`. */
static nfds_t list(const struct segment *segment, int listener, struct pollfd *watched, unsigned *numbers) {
    nfds_t count = 1;
    watched[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (unsigned number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
        const struct member *member = segment->members[number];
        if (member == NULL) continue;
        short events = (short)(POLLIN | (member->outlet.used > 0 ? POLLOUT : 0));
        numbers[count] = number;
        watched[count++] = (struct pollfd){.fd = member->stream, .events = events};
    }
    return count;
}

void run_switch(int listener, uid_t owner, const uint8_t network[3]) {
    static struct segment segment;
    struct pollfd watched[NUMBERS];
    unsigned numbers[NUMBERS];
    memcpy(segment.network, network, sizeof segment.network);
    do {
        nfds_t count = list(&segment, listener, watched, numbers);
        if (poll(watched, count, -1) < 0) {
            if (errno == EINTR) continue;
            return;
        }
        for (nfds_t i = 1; i < count; i++) {
            bool is_readable = (watched[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
            if (is_readable && !receive(&segment, numbers[i])) leave(&segment, numbers[i]);
        }
        if (watched[0].revents != 0) accept_member(&segment, listener, owner);
        flush_all(&segment);
    } while (segment.count > 0);
}
