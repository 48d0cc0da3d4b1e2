#include "inbox.h"
#include "../common/io.h"

static _Noreturn void refuse_nonsense(void) {
    give_up("the monitor sent an unrecognized message",
            "restart the box: it may have been started by another version of box");
}

void receive(struct inbox *inbox) {
    ssize_t length = read_some(inbox->monitor, inbox->bytes, sizeof inbox->bytes);
    if (length <= 0)
        give_up("the box's monitor was killed, and the box with it", "`box ps -a` shows what is left of it");
    inbox->next = inbox->bytes;
    inbox->unread = (size_t)length;
}

struct said next_said(struct inbox *inbox) {
    struct said said = {.what = SAID_NOTHING};
    struct piece piece = {0};
    for (;;) {
        enum decoded decoded = decode(&inbox->decoder, &inbox->next, &inbox->unread, &piece);
        if (decoded == DECODED_NONSENSE) refuse_nonsense();
        if (decoded == DECODED_ALL) return said;
        switch (piece.kind) {
        case KIND_STDOUT:
        case KIND_STDERR:
            said.what = SAID_OUTPUT;
            said.output = piece;
            return said;
        case KIND_WINDOW:
            if (!read_window(&piece, &said.window)) refuse_nonsense();
            said.what = SAID_WINDOW;
            return said;
        case KIND_JSON:
            if (!read_event((char *)piece.bytes, piece.length, &said.event)) refuse_nonsense();
            said.what = SAID_EVENT;
            return said;
        case KIND_STDIN:
            break;
        }
    }
}
