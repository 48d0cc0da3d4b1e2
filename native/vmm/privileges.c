#define _GNU_SOURCE
#include "privileges.h"

#include "die.h"
#include "layers.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Enough for the threads of a VMM with 255 CPUs and of a busy file server. */
enum { OPEN_FILES = 1 << 20 };
enum { PROCESSES = 2048 };

const capabilities of_file_server = CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER) |
                                    CAPABILITY(CAP_FSETID) | CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_SETUID) |
                                    CAPABILITY(CAP_SETFCAP);
const capabilities of_own_jail = CAPABILITY(CAP_SYS_CHROOT) | CAPABILITY(CAP_SETPCAP) | CAPABILITY(CAP_DAC_READ_SEARCH);

static void read_capabilities(struct __user_cap_header_struct *header, struct __user_cap_data_struct data[2]) {
    *header = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
    if (syscall(SYS_capget, header, data) != 0) die_errno("cannot read capabilities");
}

bool has_capability(unsigned number) {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    read_capabilities(&header, data);
    return (data[number / 32].effective & 1U << number % 32) != 0;
}

static void set_capabilities(capabilities kept, capabilities handed_on) {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    read_capabilities(&header, data);
    for (size_t i = 0; i < 2; i++) {
        data[i].permitted &= (uint32_t)(kept >> 32 * i);
        data[i].effective = data[i].permitted;
        data[i].inheritable = data[i].permitted & (uint32_t)(handed_on >> 32 * i);
    }
    if (syscall(SYS_capset, &header, data) != 0) die_errno("cannot drop capabilities");
}

void keep_capabilities(capabilities kept) { set_capabilities(kept, 0); }

/* Programs of root keep root's remaining capabilities; those of other users need ambient ones. */
static void hand_on(capabilities kept) {
    set_capabilities(kept, kept);
    for (unsigned number = 0; number < 64 && kept >> number != 0; number++) {
        if ((kept & CAPABILITY(number)) == 0 || !has_capability(number)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0)
            die_errno("cannot set ambient capabilities");
    }
}

void drop_privileges(capabilities kept) {
    /* Programs executed later cannot regain them either. */
    for (unsigned number = 0; has_capability(CAP_SETPCAP) && prctl(PR_CAPBSET_READ, number) >= 0; number++) {
        if ((kept & CAPABILITY(number)) == 0 && prctl(PR_CAPBSET_DROP, number) != 0)
            die_errno("cannot drop capabilities");
    }
    if (geteuid() == 0) {
        keep_capabilities(kept);
    } else {
        hand_on(kept);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die_errno("cannot set no_new_privs");
    layer_holds(LAYER_PRIVILEGES);
}

static void limit(int resource, rlim_t most) {
    struct rlimit value;
    if (getrlimit(resource, &value) != 0) die_errno("cannot read a resource limit");
    if (value.rlim_max == RLIM_INFINITY || value.rlim_max > most) value.rlim_max = most;
    if (value.rlim_cur == RLIM_INFINITY || value.rlim_cur > value.rlim_max) value.rlim_cur = value.rlim_max;
    if (setrlimit(resource, &value) != 0) die_errno("cannot set a resource limit");
}

void set_limits(uint32_t largest_mib, bool own_count) {
    limit(RLIMIT_CORE, 0);
    if (own_count) limit(RLIMIT_NPROC, PROCESSES);
    if (largest_mib != 0) limit(RLIMIT_FSIZE, (rlim_t)largest_mib << 20);
    layer_holds(LAYER_LIMITS);
}

/* A file server keeps a descriptor for each file that the guest remembers. Only root may raise the hard limit. */
void raise_file_limit(void) {
    struct rlimit value = {OPEN_FILES, OPEN_FILES};
    if (setrlimit(RLIMIT_NOFILE, &value) == 0) return;
    if (getrlimit(RLIMIT_NOFILE, &value) != 0) die_errno("cannot read the limit on open files");
    value.rlim_cur = value.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &value) != 0) die_errno("cannot raise the limit on open files");
}
