#ifndef NETWORK_SCREEN_H
#define NETWORK_SCREEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Admits only frames that libslirp is needed for, with complete headers: ARP, TCP, UDP, pings and neighbor discovery. Its
 * servers for BOOTP, DHCPv6, TFTP and NC-SI get none.
 *
 * TCP loses its urgent pointer, so that all data is carried in line: libslirp 4.7 sends as many bytes as the pointer
 * announces, even if they are beyond its buffer.
 *
 * Takes a frame whose IPv4 header fragments_take() has checked. Returns the frame to hand on, which is valid until the next
 * call, or NULL.
 */
const uint8_t *screen_take(const uint8_t *frame, size_t length);

#endif
