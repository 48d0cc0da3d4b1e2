// The three streams of a session: flow control, and bytes from and to the program's pipes. Edge-triggered, like the port.
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "port.h"

// What the host has sent and the program has not taken yet lies in a ring as large as the window. `start` and `end`
// count bytes and wrap around; the ring's size is a power of two.
struct input {
    int fd;
    bool writable;
    bool ended;
    // The program has closed its end: bytes are dropped.
    bool dropped;
    uint32_t start;
    uint32_t end;
    uint32_t taken;
    uint8_t *ring;
};

struct output {
    int fd;
    bool readable;
    uint32_t window;
};

// `fd` -1: there is no stdin; what comes is dropped. Returns false without memory for the ring.
bool input_open(struct input *input, int fd);
void input_close(struct input *input);
// The program has closed its stdin: what comes from now on goes nowhere.
void input_hang_up(struct input *input);
// Takes a frame of stdin. Returns false when the host overruns its window.
bool input_take(struct input *input, const struct frame *frame);
// Feeds the program and gives room back to the host. Returns whether anything went on.
bool input_pump(struct input *input, struct port *port, uint16_t channel);

void output_open(struct output *output, int fd);
void output_close(struct output *output);
// Carries one piece to the port. Returns whether anything went on.
bool output_pump(struct output *output, struct port *port, uint16_t channel, enum frame_type type);
// Whether all that the program wrote has been passed on; only meaningful when nobody writes any more.
bool output_drained(const struct output *output);

#endif
