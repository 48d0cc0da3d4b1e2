/* Frames on a stream, each behind its length in four bytes, big-endian: as QEMU and libkrun have them. */
#ifndef SWITCH_STREAM_H
#define SWITCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An Ethernet frame without VLAN tag and checksum. What is shorter or longer is not passed on. */
enum { FRAME_LEAST = 14, FRAME_MOST = 1514, LENGTH_BYTES = 4 };

enum { INLET_ROOM = 1 << 16, OUTLET_ROOM = 1 << 18 };

/* What came from a stream and was not looked at yet. */
struct inlet {
    uint8_t bytes[INLET_ROOM];
    size_t start, end;
    uint32_t skipped; /* bytes still to come of a frame that is too long */
};

/* What is to be sent. A peer that does not read loses frames once it is full. */
struct outlet {
    uint8_t bytes[OUTLET_ROOM];
    size_t start, used;
};

/* Reads once. False when the stream has ended. */
bool inlet_fill(struct inlet *inlet, int stream);

/* The next whole frame, whatever its length below FRAME_MOST; it stays where it is until the next inlet_fill(). */
bool inlet_next(struct inlet *inlet, const uint8_t **frame, size_t *length);

/* Adds a frame, or drops it when there is no room for the whole of it. */
bool outlet_add(struct outlet *outlet, const uint8_t *frame, size_t length);

/* Sends as much as the peer takes. False when the stream has ended. */
bool outlet_flush(struct outlet *outlet, int stream);

#endif
