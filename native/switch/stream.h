/* Frames on a stream, each preceded by its length (four bytes, big-endian): the format of QEMU and libkrun. */
#ifndef SWITCH_STREAM_H
#define SWITCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of an Ethernet frame without VLAN tag and checksum. Shorter and longer frames are dropped. */
enum { MIN_FRAME = 14, MAX_FRAME = 1514, LENGTH_BYTES = 4 };

enum { INLET_BYTES = 1 << 16, OUTLET_BYTES = 1 << 18 };

/* Data received from a stream and not yet processed. */
struct inlet {
    uint8_t bytes[INLET_BYTES];
    size_t start, end;
    uint32_t skipped; /* bytes left to skip of a frame that is too long */
};

/* Data to send. When it is full, frames to a peer that does not read are dropped. */
struct outlet {
    uint8_t bytes[OUTLET_BYTES];
    size_t start, used;
};

/* Reads once. Returns false if the stream has ended. */
bool inlet_fill(struct inlet *inlet, int stream);

/*
 * Returns the next complete frame of any length up to MOST, which is less than INLET_BYTES - LENGTH_BYTES. It is valid until
 * the next inlet_fill().
 */
bool inlet_next(struct inlet *inlet, size_t most, const uint8_t **frame, size_t *length);

/* Adds a frame, or drops it if it does not fit. */
bool outlet_add(struct outlet *outlet, const uint8_t *frame, size_t length);

/* Sends as much as the peer accepts. Returns false if the stream has ended. */
bool outlet_flush(struct outlet *outlet, int stream);

#endif
