#define _GNU_SOURCE
#include "slot.h"

#include "../common/cleanup.h"
#include "../common/deadline.h"
#include "descriptors.h"
#include "die.h"
#include "launch-options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * An emulator needs a processor of its own while its guest starts. More of them than processors would all take longer, and
 * each would use more CPU time: for ticks of its guest's clock, and in cold caches. So starts take turns.
 */

enum { LOOK_MS = 20 };
/* A slot is held for ten seconds at most (src/vm/monitor/start-slot.ts), so starts that hang do not keep others from starting.
 * This is the limit if monitors are suspended, or there are too many starts. */
enum { PATIENCE_MS = 60000 };

/* The number of processors that this process may use; 0 if that is unknown. */
static int processors(void) {
    cpu_set_t usable;
    return sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 0;
}

/* A slot is the lock on one byte. Returns false if all are held; not if locks do not work here. */
static bool take_slot(int file, int slots) {
    for (int i = 0; i < slots; i++) {
        struct flock slot = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
        if (fcntl(file, F_OFD_SETLK, &slot) == 0 || (errno != EAGAIN && errno != EACCES)) return true;
    }
    return slots == 0;
}

static bool contains(const char *bytes, size_t length, const char *text) {
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

/* Whether the command has ended, or has sent a signal for the box: both are for its monitor, which then ends the start. */
static bool is_interrupted(const struct turn *turn) {
    static char bytes[2 * MAX_REQUEST];
    struct pollfd command = {.fd = turn->command, .events = POLLRDHUP};
    if (poll(&command, 1, 0) != 0) return true;
    ssize_t got = recv(turn->command, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) return errno != EAGAIN && errno != EINTR;
    /* All that was sent can only be seen if it is not too much. */
    if ((size_t)got == sizeof bytes) return true;
    if ((size_t)got <= turn->request) return false;
    const char *sent = bytes + turn->request;
    size_t length = (size_t)got - turn->request;
    return contains(sent, length, "\"op\":\"signal\"") || contains(sent, length, "\"op\":\"stop\"");
}

int await_turn(const struct turn *turn) {
    int file = turn->slots == NULL ? -1 : open(turn->slots, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        file = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (file < 0) die_errno("cannot open /dev/null");
        return move_above(file, false);
    }
    int slots = processors();
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (!take_slot(file, slots) && now_ms() < deadline && !is_interrupted(turn)) {
        /* Another command wants something of this box. */
        if (wait_readable(turn->socket, LOOK_MS) != 0) break;
    }
    return move_above(file, false);
}
