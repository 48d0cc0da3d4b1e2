/*
 * Up to 2023 at least, passt answers the SYN of a refused connection with a RST that lacks the ACK flag. The guest has to
 * ignore it (RFC 9293, 3.10.7.3), and its connect() waits for minutes. The acknowledgment number is set, so only the flag
 * has to be added.
 */
#define _GNU_SOURCE
#include "reset.h"

#include "../common/bytes.h"

#include <netinet/in.h>
#include <net/ethernet.h>
#include <stdint.h>
#include <string.h>

enum { LENGTH = 4, IPV6_HEADER = 40, TCP_HEADER = 20, TCP_FLAGS = 13, TCP_CHECKSUM = 16, RST = 0x04, ACK = 0x10 };

/* Returns the TCP header; NULL if the frame has none. */
static uint8_t *find_tcp(uint8_t *frame, size_t size) {
    const size_t start = LENGTH + ETHER_HDR_LEN;
    if (size < start + IPV6_HEADER) return NULL;
    uint8_t *ip = frame + start;
    size_t header = 0;
    uint16_t type = read_be16(frame + LENGTH + 2 * ETHER_ADDR_LEN);
    if (type == ETHERTYPE_IP && ip[9] == IPPROTO_TCP) header = (ip[0] & 0x0fU) * 4U;
    if (type == ETHERTYPE_IPV6 && ip[6] == IPPROTO_TCP) header = IPV6_HEADER;
    return header == 0 || size < start + header + TCP_HEADER ? NULL : ip + header;
}

/* In one's complement, what is added to a word is subtracted from the checksum (RFC 1624). */
static void acknowledge(uint8_t *tcp) {
    tcp[TCP_FLAGS] |= ACK;
    uint32_t sum = (uint16_t)~read_be16(tcp + TCP_CHECKSUM) + (uint32_t)ACK;
    sum += sum >> 16;
    write_be16(tcp + TCP_CHECKSUM, (uint16_t)~sum);
}

void reset_correct(const struct msghdr *frames) {
    for (size_t i = 0; i < frames->msg_iovlen; i++) {
        uint8_t *tcp = find_tcp(frames->msg_iov[i].iov_base, frames->msg_iov[i].iov_len);
        if (tcp != NULL && (tcp[TCP_FLAGS] & (RST | ACK)) == RST) acknowledge(tcp);
    }
}
