#include "inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static _Noreturn void refuse(const char *message, const char *hint) {
    report_error(text_of(message), text_of(hint));
    exit(EXIT_BOX);
}

static _Noreturn void refuse_nonsense(void) {
    refuse("the box's monitor says what this box does not understand",
           "another version of box may have started it: restart the box");
}

void receive(struct inbox *inbox) {
    ssize_t length = 0;
    do length = recv(inbox->monitor, inbox->bytes, sizeof inbox->bytes, 0);
    while (length < 0 && errno == EINTR);
    if (length <= 0) refuse("the box's monitor was killed; the box has ended", "`box ps -a` shows what is left of it");
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
