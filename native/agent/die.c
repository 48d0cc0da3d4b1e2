#include "die.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "error_frame.h"
#include "failure.h"

static int die_port = -1;

void die_to(int port) { die_port = port; }

void end_vm(void) {
    // Neither VMM lets its guest power off, but both exit when it reboots.
    (void)reboot(RB_AUTOBOOT);
    for (;;) (void)pause();
}

void die_of(const struct failure *failure) {
    (void)dprintf(STDERR_FILENO, "box-agent: %s\n", failure->message);
    if (die_port >= 0) {
        uint8_t frame[ERROR_FRAME_BYTES];
        size_t length = error_frame(frame, 0, failure);
        // Blocking, so that the VMM has received the frame before the VM ends.
        (void)fcntl(die_port, F_SETFL, 0);
        if (write(die_port, frame, length) < 0)
            (void)dprintf(STDERR_FILENO, "box-agent: cannot report this error to the host\n");
    }
    end_vm();
}

void die(const char *code, const char *format, ...) {
    struct failure failure;
    va_list arguments;
    va_start(arguments, format);
    (void)snprintf(failure.code, sizeof failure.code, "%s", code);
    (void)vsnprintf(failure.message, sizeof failure.message, format, arguments);
    va_end(arguments);
    die_of(&failure);
}
