#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "error_frame.h"
#include "port_find.h"

enum { MAX_WRITE = 32 << 10 };

void port_greet(struct port *port) {
    static const uint8_t version[] = {HELLO_VERSION, 2, 0, 0, 0, PROTOCOL_VERSION, 0};
    port_send(port, FRAME_HELLO, 0, version, sizeof version);
}

void port_use(struct port *port, int fd) {
    port->fd = fd;
    port->readable = port->writable = true;
    die_to(fd);
}

void port_use_inner(struct port *port, int fd) {
    port->fd = fd;
    port->readable = port->writable = port->may_break = true;
    port->closed = false;
    port->in_length = port->in_taken = port->out_start = port->out_end = 0;
}

static void lose(struct port *port, const char *what) {
    if (!port->may_break) die("failed", "cannot %s the host: %s", what, strerror(errno));
    port->closed = true;
    port->readable = port->writable = false;
}

void port_open(struct port *port) {
    port->fd = port_find("box.agent");
    port->out_start = port->out_end = 0;
    port_greet(port);
    // The port is still blocking, because it reports a hangup until the host has opened its end.
    while (port->out_start < port->out_end) {
        ssize_t sent = write(port->fd, port->out + port->out_start, port->out_end - port->out_start);
        if (sent < 0 && errno != EINTR) die("failed", "cannot greet the host: %s", strerror(errno));
        if (sent > 0) port->out_start += (size_t)sent;
    }
    if (fcntl(port->fd, F_SETFL, O_NONBLOCK) < 0)
        die("failed", "cannot make the port non-blocking: %s", strerror(errno));
    port_use(port, port->fd);
}

bool port_fill(struct port *port) {
    if (port->in_taken > 0) {
        memmove(port->in, port->in + port->in_taken, port->in_length - port->in_taken);
        port->in_length -= port->in_taken;
        port->in_taken = 0;
    }
    bool any = false;
    while (port->readable && port->in_length < PORT_IN_BYTES) {
        ssize_t got = read(port->fd, port->in + port->in_length, PORT_IN_BYTES - port->in_length);
        if (got > 0) {
            port->in_length += (size_t)got;
            any = true;
        } else if (got == 0) {
            port->closed = true;
            port->readable = false;
        } else if (errno == EAGAIN) {
            port->readable = false;
        } else if (errno != EINTR) {
            lose(port, "read from");
        }
    }
    return any;
}

int port_next(struct port *port, struct frame *frame) {
    int result = read_frame(port->in + port->in_taken, port->in_length - port->in_taken, frame);
    if (result == 1) port->in_taken += HEADER_BYTES + frame->length;
    return result;
}

size_t port_space(const struct port *port) { return PORT_OUT_BYTES - (port->out_end - port->out_start); }

// Moves all free space to the end of the buffer.
static void gather(struct port *port) {
    if (port->out_start == 0) return;
    memmove(port->out, port->out + port->out_start, port->out_end - port->out_start);
    port->out_end -= port->out_start;
    port->out_start = 0;
}

uint8_t *port_payload(struct port *port) {
    if (PORT_OUT_BYTES - port->out_end < HEADER_BYTES + OUTPUT_BYTES) gather(port);
    return port->out + port->out_end + HEADER_BYTES;
}

void port_commit(struct port *port, enum frame_type type, uint16_t channel, size_t length) {
    write_header(port->out + port->out_end, type, channel, (uint32_t)length);
    port->out_end += HEADER_BYTES + length;
}

void port_send(struct port *port, enum frame_type type, uint16_t channel, const void *payload, size_t length) {
    if (port_space(port) < HEADER_BYTES + length) die("failed", "no space for a frame of type %d", type);
    if (PORT_OUT_BYTES - port->out_end < HEADER_BYTES + length) gather(port);
    if (length > 0) memcpy(port->out + port->out_end + HEADER_BYTES, payload, length);
    port_commit(port, type, channel, length);
}

void port_send_error(struct port *port, uint16_t channel, const struct failure *failure) {
    uint8_t frame[ERROR_FRAME_BYTES];
    size_t length = error_frame(frame, channel, failure);
    port_send(port, FRAME_ERROR, channel, frame + HEADER_BYTES, length - HEADER_BYTES);
}

void port_pass(struct port *port, const uint8_t *frame, size_t length, uint8_t flags) {
    if (PORT_OUT_BYTES - port->out_end < length) gather(port);
    memcpy(port->out + port->out_end, frame, length);
    port->out[port->out_end + 5] = flags;
    port->out_end += length;
}

bool port_flush(struct port *port) {
    bool any = false;
    while (port->writable && port->out_start < port->out_end) {
        size_t length = port->out_end - port->out_start;
        ssize_t sent = write(port->fd, port->out + port->out_start, length < MAX_WRITE ? length : MAX_WRITE);
        if (sent > 0) {
            port->out_start += (size_t)sent;
            any = true;
        } else if (sent < 0 && errno == EAGAIN) {
            port->writable = false;
        } else if (sent < 0 && errno != EINTR) {
            lose(port, "write to");
        }
    }
    if (port->out_start == port->out_end) port->out_start = port->out_end = 0;
    return any;
}
