#define _GNU_SOURCE
#include "answers.h"

#include "net_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each socket's filter in the kernel is also the list of its peers: one block of instructions per peer. */
enum { BLOCK = 14, MAX_PEERS = 64, MAX_CODE = BLOCK * MAX_PEERS + 1, CACHE = 1024 };

static const struct sock_filter refuse_rest = BPF_STMT(BPF_RET | BPF_K, 0);
static const struct sock_filter accept_all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);

/* Recently admitted peers, so that not every datagram has to read the filter. Cookies are never reused. */
struct admitted {
    uint64_t cookie;
    struct sockaddr_in6 peer;
};

static struct admitted cache[CACHE];
/* libkrun sends from several threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

uint64_t answers_cookie(int socket) {
    int protocol = 0;
    uint64_t cookie = 0;
    socklen_t length = sizeof protocol;
    if (syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0) return 0;
    if (protocol != IPPROTO_UDP) return 0;
    length = sizeof cookie;
    return syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

static bool attach(int socket, struct sock_filter *code, size_t length) {
    struct sock_fprog program = {.len = (unsigned short)length, .filter = code};
    return syscall(SYS_setsockopt, socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* Reads the filter in force; its length is 0 without one. */
static size_t read_filter(int socket, struct sock_filter code[MAX_CODE]) {
    socklen_t length = MAX_CODE; /* in instructions, for input and output */
    if (syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_GET_FILTER, code, &length) != 0) return 0;
    return length % BLOCK == 1 ? length : 0;
}

/* A packet begins with its UDP header; the IP header is reached from SKF_NET_OFF. */
static void write_block(struct sock_filter block[BLOCK], const struct sockaddr_in6 *peer) {
    const bool v4 = IN6_IS_ADDR_V4MAPPED(&peer->sin6_addr);
    const size_t first = v4 ? 3 : 0;
    size_t at = 0;
    const struct sock_filter version[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v4 ? 0x40 : 0x60, 0, BLOCK - 3),
    };
    memcpy(block, version, sizeof version);
    at += sizeof version / sizeof *version;
    for (size_t word = first; word < 4; word++) {
        uint32_t value = 0;
        memcpy(&value, peer->sin6_addr.s6_addr + 4 * word, sizeof value);
        uint32_t offset = v4 ? 12 : 8 + 4 * (uint32_t)word;
        block[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + offset);
        uint8_t skipped = (uint8_t)(BLOCK - at - 1);
        block[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(value), 0, skipped);
    }
    block[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0);
    uint8_t skipped = (uint8_t)(BLOCK - at - 1);
    block[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(peer->sin6_port), 0, skipped);
    while (at < BLOCK) block[at++] = accept_all;
}

static bool read_peer(const struct sockaddr *peer, socklen_t length, struct sockaddr_in6 *out) {
    struct sockaddr_in v4;
    memset(out, 0, sizeof *out);
    if (net_read_v4(peer, length, &v4)) {
        out->sin6_port = v4.sin_port;
        out->sin6_addr = net_map_v4(v4.sin_addr);
        return true;
    }
    struct sockaddr_in6 v6;
    if (!net_read_v6(peer, length, &v6)) return false;
    out->sin6_port = v6.sin6_port;
    out->sin6_addr = v6.sin6_addr;
    return true;
}

static bool lists(const struct sock_filter *code, size_t length, const struct sock_filter block[BLOCK]) {
    for (size_t at = 0; at < length; at += BLOCK)
        if (memcmp(code + at, block, BLOCK * sizeof *block) == 0) return true;
    return false;
}

static void forget(uint64_t cookie) {
    for (size_t i = 0; i < CACHE; i++)
        if (cache[i].cookie == cookie) cache[i].cookie = 0;
}

/* Memory for filters is limited per socket (net.core.optmem_max), so the oldest peers are dropped. */
static bool extend(int socket, uint64_t cookie, const struct sockaddr_in6 *peer) {
    static struct sock_filter code[MAX_CODE];
    struct sock_filter block[BLOCK];
    size_t length = read_filter(socket, code);
    if (length == 1 && code[0].k == accept_all.k) return true;
    write_block(block, peer);
    size_t listed = length == 0 ? 0 : length - 1;
    if (lists(code, listed, block)) return true;
    size_t kept = listed == BLOCK * MAX_PEERS ? listed - BLOCK : listed;
    for (;;) {
        if (kept < listed) forget(cookie);
        memmove(code, code + listed - kept, kept * sizeof *code);
        memcpy(code + kept, block, sizeof block);
        code[kept + BLOCK] = refuse_rest;
        if (attach(socket, code, kept + BLOCK + 1)) return true;
        if (errno != ENOMEM || kept == 0) return false;
        listed = kept;
        kept = kept / BLOCK / 2 * BLOCK;
    }
}

static struct admitted *place_of(uint64_t cookie, const struct sockaddr_in6 *peer) {
    uint32_t last = 0;
    memcpy(&last, peer->sin6_addr.s6_addr + 12, sizeof last);
    return &cache[(cookie * 31 + last * 7 + peer->sin6_port) % CACHE];
}

static bool admit(int socket, uint64_t cookie, const struct sockaddr_in6 *peer) {
    struct admitted *place = place_of(cookie, peer);
    if (place->cookie == cookie && memcmp(&place->peer, peer, sizeof *peer) == 0) return true;
    if (!extend(socket, cookie, peer)) return false;
    *place = (struct admitted){.cookie = cookie, .peer = *peer};
    return true;
}

bool answers_admit(int socket, const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_in6 to;
    uint64_t cookie = answers_cookie(socket);
    if (cookie == 0 || !read_peer(peer, length, &to)) return true;
    pthread_mutex_lock(&lock);
    bool done = admit(socket, cookie, &to);
    int reason = errno;
    pthread_mutex_unlock(&lock);
    errno = reason;
    return done;
}

bool answers_close(int socket) {
    struct sock_filter code[] = {refuse_rest};
    return answers_cookie(socket) == 0 || attach(socket, code, 1);
}

bool answers_open(int socket) {
    struct sock_filter code[] = {accept_all};
    return answers_cookie(socket) == 0 || attach(socket, code, 1);
}
