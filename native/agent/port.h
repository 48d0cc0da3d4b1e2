// The virtio-serial port to the host, with its buffers in both directions. Edge-triggered: `readable` and `writable`
// stay set until the kernel says otherwise.
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
    // Kept free of the programs' output, so that control frames always find room.
    PORT_RESERVE = 16 << 10,
    // The kernel's driver carries at most 32 KiB a write, as one buffer: a frame of output fills exactly one.
    OUTPUT_BYTES = (32 << 10) - HEADER_BYTES,
};

struct port {
    int fd;
    bool readable;
    bool writable;
    bool closed;
    size_t in_length;
    size_t in_taken;
    size_t out_start;
    size_t out_end;
    uint8_t in[PORT_IN_BYTES];
    uint8_t out[PORT_OUT_BYTES];
};

// Waits for the port `box.agent`, opens it and greets the host.
void port_open(struct port *port);

// Reads what there is. Returns whether anything came.
bool port_fill(struct port *port);
// The next frame: as read_frame. Valid until the next port_fill.
int port_next(struct port *port, struct frame *frame);

// Room for frames that carry output, and for control frames.
size_t port_room(const struct port *port);
// Where the payload of a frame of output may be written to, at most OUTPUT_BYTES; then port_commit.
uint8_t *port_payload(struct port *port);
void port_commit(struct port *port, enum frame_type type, uint16_t channel, size_t length);
// Queues a small frame; the caller has seen that there is room.
void port_send(struct port *port, enum frame_type type, uint16_t channel, const void *payload, size_t length);
void port_send_error(struct port *port, uint16_t channel, const struct failure *failure);
// Writes what the host takes. Returns whether anything was written.
bool port_flush(struct port *port);

#endif
