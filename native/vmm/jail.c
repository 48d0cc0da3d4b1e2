/* Applies the layers of isolation between a process and its host in the right order; each of them has its own file. */
#define _GNU_SOURCE
#include "jail.h"

#include "../common/cleanup.h"
#include "die.h"
#include "layers.h"
#include "root.h"
#include "server.h"
#include "supervise.h"

#include <fcntl.h>
#include <unistd.h>

/* Opens the directory with the volumes, for the process that serves them; -1 if it serves none. */
static int open_own_share(const struct jail *jail, int apart) {
    if (jail->volume_count == 0 || apart >= 0) return apart;
    int share = open(SHARE_PATH, O_PATH | O_CLOEXEC);
    if (share < 0) die_errno("cannot open %s", SHARE_PATH);
    return share;
}

void enter_jail(const struct jail *jail) {
    int apart = -1;
    if (layer_is_held(LAYER_ROOT)) {
        apart = enter_root(&jail->view, jail->volumes, jail->volume_count, jail->thread_serves);
    }
    set_limits(jail->largest_mib, layer_is_held(LAYER_USER));
    become_user(&jail->user);
    drop_privileges(jail->kept);
    /* Changing the user has cleared this. */
    if (!jail->alone) die_with_supervisor();
    if (jail->parent != 0) die_with(jail->parent);
    int share = open_own_share(jail, apart);
    struct shares shares = jail->shares;
    if (share >= 0) shares = (struct shares){.fds = &share, .count = 1};
    restrict_files(&jail->view, &shares);
    if (apart >= 0) confine_server(take_fd(&share));
    close_fd(&share);
    filter_calls(jail->calls, NULL, 0);
}

void report_jail(const struct machine *machine) {
    if (machine->report) layers_report(LOG_STREAM, WARNING_STREAM, machine->log_level >= LEVEL_INFO);
}
