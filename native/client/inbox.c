#include "inbox.h"
#include "../common/io.h"

static _Noreturn void reject_message(void) {
    give_up("the monitor sent an unrecognized message",
            "restart the box: it may have been started by another version of box");
}

bool receive(struct inbox *inbox) {
    ssize_t length = read_some(inbox->monitor, inbox->bytes, sizeof inbox->bytes);
    if (length <= 0) return false;
    inbox->next = inbox->bytes;
    inbox->unread = (size_t)length;
    return true;
}

struct message next_message(struct inbox *inbox) {
    struct message message = {.what = MESSAGE_NONE};
    struct chunk chunk = {0};
    for (;;) {
        enum decoded decoded = decode(&inbox->decoder, &inbox->next, &inbox->unread, &chunk);
        if (decoded == DECODED_INVALID) reject_message();
        if (decoded == DECODED_NEEDS_MORE) return message;
        switch (chunk.kind) {
        case KIND_STDOUT:
        case KIND_STDERR:
            message.what = MESSAGE_OUTPUT;
            message.output = chunk;
            return message;
        case KIND_WINDOW:
            if (!read_window(&chunk, &message.window)) reject_message();
            message.what = MESSAGE_WINDOW;
            return message;
        case KIND_JSON:
            if (!read_event((char *)chunk.bytes, chunk.length, &message.event)) reject_message();
            message.what = MESSAGE_EVENT;
            return message;
        case KIND_STDIN:
            break;
        }
    }
}
