#define _GNU_SOURCE
#include "stream.h"

#include "../common/bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static bool is_passing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

bool inlet_fill(struct inlet *inlet, int stream) {
    if (inlet->start > 0) memmove(inlet->bytes, inlet->bytes + inlet->start, inlet->end - inlet->start);
    inlet->end -= inlet->start;
    inlet->start = 0;
    ssize_t got = recv(stream, inlet->bytes + inlet->end, INLET_BYTES - inlet->end, MSG_DONTWAIT);
    if (got < 0) return is_passing(errno);
    inlet->end += (size_t)got;
    return got > 0;
}

static void skip(struct inlet *inlet) {
    size_t available = inlet->end - inlet->start;
    size_t gone = inlet->skipped < available ? inlet->skipped : available;
    inlet->start += gone;
    inlet->skipped -= (uint32_t)gone;
}

bool inlet_next(struct inlet *inlet, size_t most, const uint8_t **frame, size_t *length) {
    for (;;) {
        skip(inlet);
        const uint8_t *head = inlet->bytes + inlet->start;
        size_t available = inlet->end - inlet->start;
        if (available < LENGTH_BYTES) return false;
        uint32_t declared = read_be32(head);
        if (declared > most) {
            inlet->start += LENGTH_BYTES;
            inlet->skipped = declared;
            continue;
        }
        if (available - LENGTH_BYTES < declared) return false;
        *frame = head + LENGTH_BYTES;
        *length = declared;
        inlet->start += LENGTH_BYTES + declared;
        return true;
    }
}

static void put(struct outlet *outlet, const uint8_t *bytes, size_t length) {
    size_t end = (outlet->start + outlet->used) % OUTLET_BYTES;
    size_t first = length < OUTLET_BYTES - end ? length : OUTLET_BYTES - end;
    memcpy(outlet->bytes + end, bytes, first);
    memcpy(outlet->bytes, bytes + first, length - first);
    outlet->used += length;
}

bool outlet_add(struct outlet *outlet, const uint8_t *frame, size_t length) {
    if (length > MAX_FRAME || OUTLET_BYTES - outlet->used < LENGTH_BYTES + length) return false;
    uint8_t head[LENGTH_BYTES] = {0};
    write_be16(head + 2, (uint16_t)length);
    put(outlet, head, sizeof head);
    put(outlet, frame, length);
    return true;
}

bool outlet_flush(struct outlet *outlet, int stream) {
    while (outlet->used > 0) {
        size_t tail = OUTLET_BYTES - outlet->start;
        size_t first = outlet->used < tail ? outlet->used : tail;
        struct iovec parts[2] = {{outlet->bytes + outlet->start, first}, {outlet->bytes, outlet->used - first}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(stream, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) return is_passing(errno);
        outlet->start = (outlet->start + (size_t)sent) % OUTLET_BYTES;
        outlet->used -= (size_t)sent;
    }
    outlet->start = 0;
    return true;
}
