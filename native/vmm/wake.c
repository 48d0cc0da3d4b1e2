#define _GNU_SOURCE
#include "wake.h"

#include "../common/bytes.h"
#include "../common/guest-protocol.h"
#include "../common/io.h"

#include <string.h>
#include <sys/random.h>

bool send_wake(int agent) {
    uint8_t frame[HEADER_BYTES + WAKE_RANDOM] = {0};
    write_u32(frame, WAKE_RANDOM);
    frame[4] = FRAME_WAKE;
    if (getrandom(frame + HEADER_BYTES, WAKE_RANDOM, 0) != WAKE_RANDOM) return false;
    bool sent = send_all(agent, frame, sizeof frame);
    explicit_bzero(frame, sizeof frame);
    return sent;
}
