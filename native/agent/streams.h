// The three streams of a session: flow control, and data from and to the program's pipes. Edge-triggered like the port.
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "port.h"

// Stdin that the program has not read yet is kept in a ring buffer of the window's size. `start` and `end` are byte
// counts that wrap around; the ring's size is a power of two.
struct input {
    int fd;
    bool writable;
    bool ended;
    // The program has closed its end: input is discarded.
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

// `fd` -1: there is no stdin, and input is discarded. Returns false if memory for the ring is exhausted.
bool input_open(struct input *input, int fd);
void input_close(struct input *input);
// Discards current and future input, because the program has closed its stdin.
void input_hang_up(struct input *input);
// Takes a STDIN frame. Returns false if the host overruns its window.
bool input_take(struct input *input, const struct frame *frame);
// Writes to the program and returns window to the host. Returns whether there was progress.
bool input_pump(struct input *input, struct port *port, uint16_t channel);

void output_open(struct output *output, int fd);
void output_close(struct output *output);
// Moves one frame of output to the port. Returns whether there was progress.
bool output_pump(struct output *output, struct port *port, uint16_t channel, enum frame_type type);
// Whether all output has been passed on; only meaningful when no writers are left.
bool output_drained(const struct output *output);

#endif
