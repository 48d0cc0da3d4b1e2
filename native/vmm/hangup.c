/*
 * libkrun drops what a peer has sent last when both directions of a TSI connection are closed before it has read it: it
 * looks at EPOLLHUP first. What can still be read has to be; the end of the data then tells the same.
 */
#define _GNU_SOURCE
#include "net_policy.h"
#include "server.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms) {
    confine_thread();
    int count = (int)syscall(SYS_epoll_wait, epoll, events, most, timeout_ms);
    if (net_policy_enforced() == NULL) return count;
    for (int i = 0; i < count; i++) {
        uint32_t happened = events[i].events;
        /* A connection that is refused or reset comes with EPOLLERR. */
        if ((happened & EPOLLIN) != 0 && (happened & (EPOLLOUT | EPOLLERR)) == 0)
            events[i].events &= ~(uint32_t)EPOLLHUP;
    }
    return count;
}
