#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "net.h"

// The header of struct rand_pool_info, whose bytes are of variable length, and the bytes.
struct pool {
    int bits;
    int size;
    uint8_t bytes[WAKE_RANDOM];
};

// Bytes written to the device only take effect later, and all copies would have the same random numbers until then. syscall(2),
// because C libraries differ in the type of ioctl()'s request.
static bool reseed(const uint8_t bytes[WAKE_RANDOM], struct failure *failure) {
    struct pool pool = {.bits = 8 * WAKE_RANDOM, .size = WAKE_RANDOM};
    memcpy(pool.bytes, bytes, sizeof pool.bytes);
    cleanup_close int fd = open("/dev/random", O_RDWR | O_CLOEXEC);
    bool done = fd >= 0 && syscall(SYS_ioctl, fd, RNDADDENTROPY, &pool) == 0 &&
                syscall(SYS_ioctl, fd, RNDRESEEDCRNG, NULL) == 0;
    explicit_bzero(&pool, sizeof pool);
    return done || fail(failure, "failed", "cannot reseed the random number generator: %s", strerror(errno));
}

bool wake(const struct frame *frame, struct failure *failure) {
    if (frame->length != WAKE_RANDOM) return fail(failure, "failed", "the host sent a malformed WAKE");
    return reseed(frame->payload, failure) && net_renew(failure);
}
