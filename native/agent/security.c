#include "security.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const READ_ONLY_PATHS[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
static const char *const MASKED_PATHS[] = {"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                                           "/proc/sched_debug"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CAP(name) (UINT64_C(1) << (name))

// Docker's default set.
static const uint64_t CAPABILITIES = CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FSETID) | CAP(CAP_FOWNER) |
                                     CAP(CAP_MKNOD) | CAP(CAP_NET_RAW) | CAP(CAP_SETGID) | CAP(CAP_SETUID) |
                                     CAP(CAP_SETFCAP) | CAP(CAP_SETPCAP) | CAP(CAP_NET_BIND_SERVICE) |
                                     CAP(CAP_SYS_CHROOT) | CAP(CAP_KILL) | CAP(CAP_AUDIT_WRITE);

int security_mask_paths(struct failure *failure) {
    for (size_t i = 0; i < COUNT(READ_ONLY_PATHS); i++) {
        const char *path = READ_ONLY_PATHS[i];
        if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0) {
            // Not every kernel has them all.
            if (errno == ENOENT) continue;
            return fail(failure, "mount", "cannot bind %s: %s", path, strerror(errno));
        }
        unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
        if (mount(NULL, path, NULL, flags, NULL) < 0) {
            return fail(failure, "mount", "cannot make %s read-only: %s", path, strerror(errno));
        }
    }
    for (size_t i = 0; i < COUNT(MASKED_PATHS); i++) {
        const char *path = MASKED_PATHS[i];
        if (mount("/dev/null", path, NULL, MS_BIND, NULL) < 0 && errno != ENOENT) {
            return fail(failure, "mount", "cannot hide %s: %s", path, strerror(errno));
        }
    }
    return 0;
}

static int limit_capabilities(uint64_t set) {
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
        if (!(set & (UINT64_C(1) << cap)) && prctl(PR_CAPBSET_DROP, cap) < 0) return -1;
    }
    return 0;
}

static int set_capabilities(uint64_t set) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)set, .permitted = (uint32_t)set},
        {.effective = (uint32_t)(set >> 32), .permitted = (uint32_t)(set >> 32)},
    };
    return (int)syscall(SYS_capset, &header, data);
}

int security_become(const struct identity *identity, struct failure *failure) {
    if (limit_capabilities(CAPABILITIES) < 0) {
        return fail(failure, "failed", "cannot drop capabilities: %s", strerror(errno));
    }
    if (setgroups(identity->group_count, identity->groups) < 0) {
        return fail(failure, "failed", "cannot set groups: %s", strerror(errno));
    }
    if (setgid(identity->gid) < 0) {
        return fail(failure, "failed", "cannot become group %u: %s", identity->gid, strerror(errno));
    }
    if (setuid(identity->uid) < 0) {
        return fail(failure, "failed", "cannot become user %u: %s", identity->uid, strerror(errno));
    }
    // Any user but root has none left.
    if (identity->uid == 0 && set_capabilities(CAPABILITIES) < 0) {
        return fail(failure, "failed", "cannot set capabilities: %s", strerror(errno));
    }
    return 0;
}
