#include "redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"

static const char TABLE[] = "box";
static const char CHAIN[] = "out";

// Every socket of the proxy has this mark. Others need CAP_NET_ADMIN to set one, which could change the rules as well.
enum { PROXY_MARK = 0x626f78 };
enum { LOOPBACK_INDEX = 1 };
// NF_IP_PRI_NAT_DST, which <linux/netfilter_ipv4.h> defines next to names that clash with musl's.
enum { PRIORITY = -100 };

// A batch of messages, each with nested attributes. Nothing in it comes from outside, so its size is known.
struct batch {
    _Alignas(NLMSG_ALIGNTO) uint8_t bytes[1024];
    size_t length;
    size_t message; // begin of the last one
};

static void *append(struct batch *batch, size_t length) {
    void *place = batch->bytes + batch->length;
    batch->length += NLMSG_ALIGN(length);
    return place;
}

static void begin_message(struct batch *batch, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
    batch->message = batch->length;
    struct nlmsghdr *header = append(batch, sizeof *header);
    *header = (struct nlmsghdr){.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags};
    struct nfgenmsg *body = append(batch, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
}

static void end_message(struct batch *batch) {
    uint32_t length = (uint32_t)(batch->length - batch->message);
    memcpy(batch->bytes + batch->message + offsetof(struct nlmsghdr, nlmsg_len), &length, sizeof length);
}

static void begin_change(struct batch *batch, uint16_t type, uint16_t flags) {
    begin_message(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_CREATE | flags, NFPROTO_INET, 0);
}

static void add(struct batch *batch, uint16_t type, const void *data, size_t length) {
    struct nlattr *attribute = append(batch, sizeof *attribute);
    *attribute = (struct nlattr){.nla_type = type, .nla_len = (uint16_t)(sizeof *attribute + length)};
    memcpy(append(batch, length), data, length);
}

static void add_text(struct batch *batch, uint16_t type, const char *text) { add(batch, type, text, strlen(text) + 1); }

static void add_number(struct batch *batch, uint16_t type, uint32_t number) {
    number = htonl(number);
    add(batch, type, &number, sizeof number);
}

static size_t begin_nested(struct batch *batch, uint16_t type) {
    size_t place = batch->length;
    struct nlattr *attribute = append(batch, sizeof *attribute);
    *attribute = (struct nlattr){.nla_type = type | NLA_F_NESTED};
    return place;
}

static void end_nested(struct batch *batch, size_t place) {
    uint16_t length = (uint16_t)(batch->length - place);
    memcpy(batch->bytes + place + offsetof(struct nlattr, nla_len), &length, sizeof length);
}

static void add_value(struct batch *batch, uint16_t type, const void *value, size_t length) {
    size_t data = begin_nested(batch, type);
    add(batch, NFTA_DATA_VALUE, value, length);
    end_nested(batch, data);
}

// Two attributes enclose an expression.
struct expression {
    size_t element, data;
};

static struct expression begin_expression(struct batch *batch, const char *name) {
    struct expression expression;
    expression.element = begin_nested(batch, NFTA_LIST_ELEM);
    add_text(batch, NFTA_EXPR_NAME, name);
    expression.data = begin_nested(batch, NFTA_EXPR_DATA);
    return expression;
}

static void end_expression(struct batch *batch, struct expression expression) {
    end_nested(batch, expression.data);
    end_nested(batch, expression.element);
}

// Continues with the rule only if a property of the packet compares like this.
static void match(struct batch *batch, uint32_t key, uint32_t comparison, const void *value, size_t length) {
    struct expression load = begin_expression(batch, "meta");
    add_number(batch, NFTA_META_DREG, NFT_REG_1);
    add_number(batch, NFTA_META_KEY, key);
    end_expression(batch, load);
    struct expression compare = begin_expression(batch, "cmp");
    add_number(batch, NFTA_CMP_SREG, NFT_REG_1);
    add_number(batch, NFTA_CMP_OP, comparison);
    add_value(batch, NFTA_CMP_DATA, value, length);
    end_expression(batch, compare);
}

static void redirect(struct batch *batch, uint16_t port) {
    port = htons(port);
    struct expression load = begin_expression(batch, "immediate");
    add_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_1);
    add_value(batch, NFTA_IMMEDIATE_DATA, &port, sizeof port);
    end_expression(batch, load);
    struct expression change = begin_expression(batch, "redir");
    add_number(batch, NFTA_REDIR_REG_PROTO_MIN, NFT_REG_1);
    end_expression(batch, change);
}

static void add_table(struct batch *batch) {
    begin_change(batch, NFT_MSG_NEWTABLE, 0);
    add_text(batch, NFTA_TABLE_NAME, TABLE);
    add_number(batch, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    end_message(batch);
}

static void add_chain(struct batch *batch) {
    begin_change(batch, NFT_MSG_NEWCHAIN, 0);
    add_text(batch, NFTA_CHAIN_TABLE, TABLE);
    add_text(batch, NFTA_CHAIN_NAME, CHAIN);
    size_t hook = begin_nested(batch, NFTA_CHAIN_HOOK);
    add_number(batch, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
    add_number(batch, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
    end_nested(batch, hook);
    add_text(batch, NFTA_CHAIN_TYPE, "nat");
    end_message(batch);
}

static void add_rule(struct batch *batch, uint16_t port) {
    static const uint32_t mark = PROXY_MARK;
    static const uint32_t loopback = LOOPBACK_INDEX;
    static const uint8_t tcp = IPPROTO_TCP;
    begin_change(batch, NFT_MSG_NEWRULE, NLM_F_APPEND | NLM_F_ACK);
    add_text(batch, NFTA_RULE_TABLE, TABLE);
    add_text(batch, NFTA_RULE_CHAIN, CHAIN);
    size_t expressions = begin_nested(batch, NFTA_RULE_EXPRESSIONS);
    match(batch, NFT_META_L4PROTO, NFT_CMP_EQ, &tcp, sizeof tcp);
    match(batch, NFT_META_OIF, NFT_CMP_NEQ, &loopback, sizeof loopback);
    match(batch, NFT_META_MARK, NFT_CMP_NEQ, &mark, sizeof mark);
    redirect(batch, port);
    end_nested(batch, expressions);
    end_message(batch);
}

// Sends all messages, which take effect together, and waits for the answer: an error, or that of the last one.
static bool ask(int fd, const struct batch *batch) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char original[256];
    } answer;
    if (send(fd, batch->bytes, batch->length, 0) < 0) return false;
    ssize_t got = recv(fd, &answer, sizeof answer, 0);
    if (got < 0) return false;
    bool whole = (size_t)got >= sizeof answer.header + sizeof answer.error;
    errno = whole && answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
    return errno == 0;
}

static bool install(uint16_t port, struct failure *failure) {
    struct batch batch = {0};
    begin_message(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    end_message(&batch);
    add_table(&batch);
    add_chain(&batch);
    add_rule(&batch, port);
    begin_message(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    end_message(&batch);
    // Never closed: the table belongs to this socket, and ends with it.
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd >= 0 && ask(fd, &batch)) return true;
    bool done = fail(failure, "failed", "cannot redirect connections to the sidecar: %s", strerror(errno));
    if (fd >= 0) (void)close(fd);
    return done;
}

static long bpf(int command, union bpf_attr *request) { return syscall(SYS_bpf, command, request, sizeof *request); }

// Has the kernel mark each socket when a program in the group creates it.
static bool mark_sockets(int group, struct failure *failure) {
    static const struct bpf_insn program[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = PROXY_MARK},
        {.code = BPF_STX | BPF_MEM | BPF_W,
         .dst_reg = BPF_REG_1,
         .src_reg = BPF_REG_2,
         .off = offsetof(struct bpf_sock, mark)},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_SOCK,
                           .expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE,
                           .insns = (uintptr_t)program,
                           .insn_cnt = sizeof program / sizeof program[0],
                           .license = (uintptr_t) ""};
    cleanup_close int loaded = (int)bpf(BPF_PROG_LOAD, &load);
    union bpf_attr attach = {
        .target_fd = (uint32_t)group, .attach_bpf_fd = (uint32_t)loaded, .attach_type = BPF_CGROUP_INET_SOCK_CREATE};
    if (loaded >= 0 && bpf(BPF_PROG_ATTACH, &attach) == 0) return true;
    return fail(failure, "failed", "cannot mark the sidecar's sockets: %s", strerror(errno));
}

bool redirect_connections(uint16_t port, int group, struct failure *failure) {
    return mark_sockets(group, failure) && install(port, failure);
}
