// The virtio-serial port to the host, with buffers for both directions. Edge-triggered: `readable` and `writable` stay
// set until a call returns EAGAIN.
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "frames.h"

enum {
    PORT_IN_BYTES = 2 * (HEADER_BYTES + MAX_PAYLOAD),
    PORT_OUT_BYTES = 256 << 10,
    // Not used for output, so that there is always space for control frames.
    PORT_RESERVE = 16 << 10,
    // The kernel's driver transfers at most 32 KiB per write, as one buffer: a full output frame fits exactly.
    OUTPUT_BYTES = (32 << 10) - HEADER_BYTES,
};

struct port {
    int fd;
    bool readable;
    bool writable;
    bool closed;
    // A lost connection counts as closed, instead of ending the VM.
    bool may_break;
    size_t in_length;
    size_t in_taken;
    size_t out_start;
    size_t out_end;
    uint8_t in[PORT_IN_BYTES];
    uint8_t out[PORT_OUT_BYTES];
};

// Waits for the port `box.agent`, opens it and greets the host.
void port_open(struct port *port);
// Uses a non-blocking stream instead.
void port_use(struct port *port, int fd);
// Uses a stream to another agent, for port_pass. PORT may have been used before.
void port_use_inner(struct port *port, int fd);
// Queues a HELLO.
void port_greet(struct port *port);

// Reads what is available. Returns whether anything was read.
bool port_fill(struct port *port);
// Returns the next frame, like read_frame. It is valid until the next port_fill.
int port_next(struct port *port, struct frame *frame);

// Returns the free bytes in the output buffer.
size_t port_space(const struct port *port);
// Returns where to write the payload of an output frame of at most OUTPUT_BYTES, for port_commit.
uint8_t *port_payload(struct port *port);
void port_commit(struct port *port, enum frame_type type, uint16_t channel, size_t length);
// Queues a small frame. The caller has checked the free space.
void port_send(struct port *port, enum frame_type type, uint16_t channel, const void *payload, size_t length);
void port_send_error(struct port *port, uint16_t channel, const struct failure *failure);
// Queues a whole frame with these flags. The caller has checked the free space.
void port_pass(struct port *port, const uint8_t *frame, size_t length, uint8_t flags);
// Writes as much as the host accepts. Returns whether anything was written.
bool port_flush(struct port *port);

#endif
