/*
 * If both directions of a TSI connection are closed before libkrun has read the last data, it drops that data, because it
 * checks EPOLLHUP first. So EPOLLHUP is hidden while data can be read; the end of the data has the same effect later.
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
        /* A refused or reset connection has EPOLLERR too. */
        if ((happened & EPOLLIN) != 0 && (happened & (EPOLLOUT | EPOLLERR)) == 0)
            events[i].events &= ~(uint32_t)EPOLLHUP;
    }
    return count;
}
