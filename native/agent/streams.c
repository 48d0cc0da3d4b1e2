#include "streams.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common/cleanup.h"

enum { RING_MASK = STREAM_WINDOW - 1, WINDOW_FRAME_BYTES = 5 };
_Static_assert((STREAM_WINDOW & RING_MASK) == 0, "the ring's size is a power of two");

bool input_open(struct input *input, int fd) {
    *input = (struct input){.fd = fd, .writable = true, .dropped = fd < 0};
    if (fd < 0) return true;
    void *ring = mmap(NULL, STREAM_WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ring == MAP_FAILED) return false;
    input->ring = ring;
    return true;
}

void input_close(struct input *input) {
    close_fd(&input->fd);
    if (input->ring) (void)munmap(input->ring, STREAM_WINDOW);
    input->ring = NULL;
}

void input_hang_up(struct input *input) {
    if (input->dropped) return;
    input->taken += input->end - input->start;
    input->start = input->end;
    input->dropped = true;
    input_close(input);
}

bool input_take(struct input *input, const struct frame *frame) {
    if (frame->length == 0) {
        input->ended = true;
        return true;
    }
    if (input->ended || frame->length > STREAM_WINDOW - (input->end - input->start) - input->taken) return false;
    if (input->dropped) {
        input->taken += frame->length;
        return true;
    }
    uint32_t at = input->end & RING_MASK;
    uint32_t first = STREAM_WINDOW - at < frame->length ? STREAM_WINDOW - at : frame->length;
    memcpy(input->ring + at, frame->payload, first);
    memcpy(input->ring, frame->payload + first, frame->length - first);
    input->end += frame->length;
    return true;
}

static bool feed(struct input *input) {
    bool any = false;
    while (input->writable && !input->dropped && input->start != input->end) {
        uint32_t at = input->start & RING_MASK;
        uint32_t length = input->end - input->start;
        uint32_t first = STREAM_WINDOW - at < length ? STREAM_WINDOW - at : length;
        struct iovec pieces[2] = {{input->ring + at, first}, {input->ring, length - first}};
        ssize_t written = writev(input->fd, pieces, length > first ? 2 : 1);
        if (written > 0) {
            input->start += (uint32_t)written;
            input->taken += (uint32_t)written;
            any = true;
        } else if (written < 0 && errno == EAGAIN) {
            input->writable = false;
        } else if (written < 0 && errno != EINTR) {
            input_hang_up(input);
            any = true;
        }
    }
    return any;
}

bool input_pump(struct input *input, struct port *port, uint16_t channel) {
    bool any = feed(input);
    // While the program still has input, collect small window updates.
    bool worth_it = input->taken >= STREAM_WINDOW / 4 || input->start == input->end;
    if (input->taken > 0 && worth_it && port_space(port) >= HEADER_BYTES + WINDOW_FRAME_BYTES) {
        uint8_t window[WINDOW_FRAME_BYTES] = {0};
        write_u32(window + 1, input->taken);
        port_send(port, FRAME_WINDOW, channel, window, sizeof window);
        input->taken = 0;
        any = true;
    }
    if (input->ended && input->start == input->end) close_fd(&input->fd);
    return any;
}

void output_open(struct output *output, int fd) {
    *output = (struct output){.fd = fd, .readable = true, .window = STREAM_WINDOW};
}

void output_close(struct output *output) { close_fd(&output->fd); }

bool output_pump(struct output *output, struct port *port, uint16_t channel, enum frame_type type) {
    if (output->fd < 0 || !output->readable || output->window == 0) return false;
    if (port_space(port) < PORT_RESERVE + HEADER_BYTES + OUTPUT_BYTES) return false;
    uint32_t most = output->window < OUTPUT_BYTES ? output->window : OUTPUT_BYTES;
    ssize_t got = read(output->fd, port_payload(port), most);
    if (got > 0) {
        port_commit(port, type, channel, (size_t)got);
        output->window -= (uint32_t)got;
        return true;
    }
    if (got < 0 && errno == EINTR) return true;
    // EIO: no process has the terminal open at the moment.
    if (got < 0 && (errno == EAGAIN || errno == EIO)) {
        output->readable = false;
    } else {
        close_fd(&output->fd);
    }
    return false;
}

bool output_drained(const struct output *output) { return output->fd < 0 || !output->readable; }
