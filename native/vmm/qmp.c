#define _GNU_SOURCE
#include "qmp.h"

#include "../common/deadline.h"
#include "../common/io.h"

#include <string.h>

/* The state does not include the memory, which is a file that QEMU has mapped. */
static const char FREEZE[] = "{\"execute\": \"qmp_capabilities\"}\n"
                             "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"state\"}}\n"
                             "{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": ["
                             "{\"capability\": \"x-ignore-shared\", \"state\": true}, "
                             "{\"capability\": \"events\", \"state\": true}]}}\n"
                             "{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"fd:state\"}}\n";

enum outcome { PENDING, DONE, FAILED };

/* Looks at one answer or event of QEMU, which is a line. */
static enum outcome judge(const char *line) {
    if (strstr(line, "\"error\"") != NULL) return FAILED;
    if (strstr(line, "\"MIGRATION\"") == NULL) return PENDING;
    if (strstr(line, "\"completed\"") != NULL) return DONE;
    return strstr(line, "\"failed\"") != NULL || strstr(line, "\"cancelled\"") != NULL ? FAILED : PENDING;
}

/* The descriptor goes along with the command that receives it. */
static bool send_commands(int qmp, int state) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec text = {.iov_base = (void *)(uintptr_t)FREEZE, .iov_len = sizeof FREEZE - 1};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    memcpy(CMSG_DATA(&control.header), &state, sizeof state);
    return sendmsg(qmp, &message, MSG_NOSIGNAL) == (ssize_t)text.iov_len;
}

bool freeze_vm(int qmp, int state, int64_t deadline_ms) {
    char text[4096];
    size_t length = 0;
    if (!send_commands(qmp, state)) return false;
    while (await_readable(qmp, deadline_ms)) {
        ssize_t got = read_some(qmp, text + length, sizeof text - 1 - length);
        if (got <= 0) return false;
        length += (size_t)got;
        text[length] = '\0';
        char *line = text;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            enum outcome outcome = judge(line);
            if (outcome != PENDING) return outcome == DONE;
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
        /* No answer is as long as this. */
        if (length == sizeof text - 1) return false;
    }
    return false;
}
