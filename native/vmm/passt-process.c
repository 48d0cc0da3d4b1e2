/* passt isolates itself. It answers its guest only afterwards, and is inspected then. */
#define _GNU_SOURCE
#include "passt-process.h"

#include "../common/io.h"
#include "../common/landlock.h"
#include "die.h"
#include "ids.h"
#include "measure.h"
#include "passt.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_LIMIT_MS = 20000 };

/*
 * passt hides its namespaces from other processes of its user, but not from this process if that has capabilities in a
 * parent user namespace. It has the same IDs there, so that passt is not affected.
 */
static void become_observer(void) {
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0) return;
    if (unshare(CLONE_NEWUSER) != 0) die_errno("this host does not allow user namespaces");
    write_map("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    write_map("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    write_map("/proc/self/gid_map", map);
}

/* Sends an ARP request for the gateway's address and waits for the answer. */
static void await_answer(int stream) {
    static const uint8_t request[4 + 60] = {
        0,    0,    0,    60,                                                      /* length */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6, /* Ethernet, ARP */
        0,    1,    8,    0,    6,    4,    0,    1,                               /* a request */
        0x52, 0x54, 0,    0x12, 0x34, 0x56, 10,   0,    2, 15,                     /* of the guest's */
        0,    0,    0,    0,    0,    0,    10,   0,    2, 2,
    };
    uint8_t answer[4];
    if (send(stream, request, sizeof request, MSG_NOSIGNAL) != (ssize_t)sizeof request) die("passt has ended");
    if (wait_readable(stream, ANSWER_LIMIT_MS) != 1 || read(stream, answer, sizeof answer) <= 0)
        die("passt does not answer");
}

static bool differs(const char *kind, pid_t pid) {
    char path[64];
    char own[64];
    char others[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
    ssize_t length = readlink(path, own, sizeof own);
    if (length < 0) die_errno("cannot read %s", path);
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
    ssize_t other = readlink(path, others, sizeof others);
    if (other < 0) die_errno("cannot read %s", path);
    return length != other || memcmp(own, others, (size_t)length) != 0;
}

static void list_namespaces(pid_t pid, char *text, size_t size) {
    static const char *const kinds[] = {"user", "mnt", "pid", "ipc", "uts", "net"};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (differs(kinds[i], pid))
            used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ",", kinds[i]);
    }
}

static _Noreturn void observe(const struct machine *machine) {
    char namespaces[64];
    pid_t pid = -1;
    become_observer();
    int stream = start_passt(machine, &pid);
    await_answer(stream);
    list_namespaces(pid, namespaces, sizeof namespaces);
    /* passt would have ended if the kernel has Landlock but it failed (seal.c). Its filter is an allow list. */
    bool landlock = landlock_version() >= 1;
    print_process("network process (passt)", pid, namespaces, landlock, true);
    if (fflush(stdout) != 0) die_errno("cannot write");
    _exit(0);
}

void measure_passt(const struct machine *machine) {
    if (machine->passt_count == 0) return;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) observe(machine);
    int status = 0;
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
}
