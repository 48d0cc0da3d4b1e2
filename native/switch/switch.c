#define _GNU_SOURCE
#include "switch.h"

#include "../common/cleanup.h"
#include "../common/own.h"
#include "fabric.h"
#include "forward.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fabric fabric;
/* Without a descriptor for another member, the listener would stay readable. */
static bool out_of_descriptors;

static void close_stream(struct member *member) {
    close(member->stream);
    out_of_descriptors = false;
}

/* Any user can connect to the address, so connections of other users are rejected. */
static void accept_member(int listener, uid_t owner) {
    static const uint8_t crowded[] = {0, 0, 0, 2, ANSWER_CROWDED, 0};
    cleanup_close int stream = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (stream < 0) {
        out_of_descriptors = errno == EMFILE || errno == ENFILE;
        return;
    }
    if (!is_peer(stream, owner)) return;
    if (fabric_add(&fabric, stream) != NULL) {
        (void)take_fd(&stream);
    } else {
        (void)send(stream, crowded, sizeof crowded, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Reads a member's frames. Returns false if the stream has ended. */
static bool receive_frames(struct member *member) {
    const uint8_t *frame = NULL;
    size_t length = 0;
    if (!inlet_fill(&member->inlet, member->stream)) return false;
    while (!member->gone && inlet_next(&member->inlet, member->joined ? MAX_FRAME : HELLO_BYTES, &frame, &length)) {
        if (member->joined) {
            forward(member, frame, length);
        } else {
            (void)fabric_greet(&fabric, member, frame, length);
        }
    }
    return true;
}

/* Receives from the members that have said hello, or from those that have not. */
static void receive_all(const struct pollfd *watched, size_t count, bool joined) {
    for (size_t i = 0; i < count; i++) {
        struct member *member = fabric.members[i];
        bool is_readable = (watched[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        if (!is_readable || member->gone || member->joined != joined) continue;
        if (!receive_frames(member)) fabric_leave(&fabric, member);
    }
}

static void flush_all(void) {
    for (size_t i = 0; i < fabric.count; i++) {
        struct member *member = fabric.members[i];
        if (member->outlet.used > 0 && !outlet_flush(&member->outlet, member->stream)) fabric_leave(&fabric, member);
    }
}

/* Lists the members, and then the listener. */
static void list(int listener, struct pollfd *watched) {
    for (size_t i = 0; i < fabric.count; i++) {
        const struct member *member = fabric.members[i];
        short events = (short)(POLLIN | (member->outlet.used > 0 ? POLLOUT : 0));
        watched[i] = (struct pollfd){.fd = member->stream, .events = events};
    }
    watched[fabric.count] = (struct pollfd){.fd = out_of_descriptors ? -1 : listener, .events = POLLIN};
}

void run_switch(int listener, uid_t owner) {
    static struct pollfd watched[MAX_MEMBERS + 1];
    do {
        size_t count = fabric.count;
        list(listener, watched);
        if (poll(watched, count + 1, -1) < 0) {
            if (errno == EINTR) continue;
            return;
        }
        /* A hello may ask for the address of a member that has just left, so it comes after the end of that stream. */
        receive_all(watched, count, true);
        receive_all(watched, count, false);
        if (watched[count].revents != 0) accept_member(listener, owner);
        flush_all();
        fabric_sweep(&fabric, close_stream);
    } while (fabric.count > 0);
}
