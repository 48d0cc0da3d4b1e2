#include "network_servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/deadline.h"
#include "dns.h"

// MAX_NETWORK_ANSWER: the switch's answers are no longer (native/switch/names.c).
enum { MAX_NETWORK_ANSWER = 512 };

struct list {
    size_t count;
    struct in_addr servers[MAX_NETWORK_SERVERS];
};

// Shared with the resolver, which reads the current list while the other one is being written.
static struct {
    atomic_uint current;
    struct list lists[2];
} * shared;

static bool parse_server(const char *text, struct in_addr *server, struct failure *failure) {
    if (inet_pton(AF_INET, text, server) == 1) return true;
    return fail(failure, "failed", "network server: \"%s\" is not an IPv4 address", text);
}

static struct list current_list(void) {
    struct list list = {0};
    if (shared) list = shared->lists[atomic_load(&shared->current) % 2];
    if (list.count > MAX_NETWORK_SERVERS) list.count = MAX_NETWORK_SERVERS;
    return list;
}

static void replace_list(const struct list *list) {
    unsigned next = (atomic_load(&shared->current) + 1) % 2;
    shared->lists[next] = *list;
    atomic_store(&shared->current, next);
}

bool network_servers_set(const struct configuration *c, struct failure *failure) {
    struct list list = {.count = c->network_server_count};
    for (size_t i = 0; i < list.count; i++) {
        if (!parse_server(c->network_servers[i], &list.servers[i], failure)) return false;
    }
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return fail(failure, "failed", "cannot share memory: %s", strerror(errno));
    shared = memory;
    replace_list(&list);
    return true;
}

static bool require_resolver(struct failure *failure) {
    return shared || fail(failure, "failed", "the box was started without networks");
}

bool network_servers_add(const char *address, struct failure *failure) {
    struct list list = current_list();
    if (!require_resolver(failure)) return false;
    if (list.count == MAX_NETWORK_SERVERS) return fail(failure, "limit", "the box has too many networks");
    if (!parse_server(address, &list.servers[list.count], failure)) return false;
    list.count++;
    replace_list(&list);
    return true;
}

bool network_servers_remove(const char *address, struct failure *failure) {
    struct list before = current_list();
    struct list after = {0};
    struct in_addr gone;
    if (!require_resolver(failure) || !parse_server(address, &gone, failure)) return false;
    for (size_t i = 0; i < before.count; i++) {
        if (before.servers[i].s_addr != gone.s_addr) after.servers[after.count++] = before.servers[i];
    }
    replace_list(&after);
    return true;
}

// A query in progress; `socket` is -1 once it has ended.
struct query {
    int socket;
    size_t got;
    uint8_t answer[MAX_NETWORK_ANSWER];
};

static void end_query(struct query *query) {
    if (query->socket >= 0) (void)close(query->socket);
    query->socket = -1;
}

static void begin_query(struct query *query, struct in_addr server, const uint8_t *question, size_t length) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr = server};
    query->got = 0;
    query->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (query->socket >= 0 && (connect(query->socket, (struct sockaddr *)&address, sizeof address) < 0 ||
                               send(query->socket, question, length, 0) < 0)) {
        end_query(query);
    }
}

static void receive_answer(struct query *query, const uint8_t *question) {
    ssize_t got = recv(query->socket, query->answer, sizeof query->answer, MSG_TRUNC);
    if (got >= 0 && (size_t)got <= sizeof query->answer && !dns_is_answer(question, query->answer, (size_t)got)) return;
    query->got = got > 0 && (size_t)got <= sizeof query->answer ? (size_t)got : 0;
    end_query(query);
}

// Whether nothing that is still to come could change the result.
static bool is_decided(const struct query *queries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (queries[i].socket >= 0) return false;
        if (queries[i].got > 0 && !dns_is_refusal(queries[i].answer)) return true;
    }
    return true;
}

static void await_answers(struct query *queries, size_t count, const uint8_t *question) {
    int64_t until = now_ms() + DNS_ANSWER_MS;
    while (!is_decided(queries, count)) {
        struct pollfd watched[MAX_NETWORK_SERVERS];
        int64_t left = until - now_ms();
        // Negative descriptors are ignored.
        for (size_t i = 0; i < count; i++) watched[i] = (struct pollfd){.fd = queries[i].socket, .events = POLLIN};
        if (left <= 0 || poll(watched, count, (int)left) <= 0) return;
        for (size_t i = 0; i < count; i++) {
            if (watched[i].revents != 0) receive_answer(&queries[i], question);
        }
    }
}

size_t network_servers_ask(const uint8_t *question, size_t length, uint8_t *answer, size_t size) {
    static struct query queries[MAX_NETWORK_SERVERS];
    struct list list = current_list();
    size_t result = 0;
    for (size_t i = 0; i < list.count; i++) begin_query(&queries[i], list.servers[i], question, length);
    await_answers(queries, list.count, question);
    for (size_t i = 0; i < list.count; i++) {
        const struct query *query = &queries[i];
        bool is_better = query->got > 0 && query->got <= size && (result == 0 || dns_is_refusal(answer));
        if (is_better) memcpy(answer, query->answer, query->got);
        if (is_better) result = query->got;
        end_query(&queries[i]);
    }
    return result;
}
