/* The addresses of a network. IPv4 addresses are numbers in the host's byte order. */
#ifndef SWITCH_SUBNET_H
#define SWITCH_SUBNET_H

#include <stdbool.h>
#include <stdint.h>

enum { MAC_BYTES = 6, ADDRESS_BYTES = 4, MIN_PREFIX = 8, MAX_PREFIX = 30 };

struct subnet {
    uint32_t address; /* the lowest, all of whose host bits are 0 */
    uint8_t prefix;
    uint32_t gateway; /* the network's own address */
};

/* Whether the numbers describe a subnet with a gateway in it. */
bool subnet_is_valid(const struct subnet *subnet);

/* Whether a box may have the address: neither the subnet's first or last one, nor the gateway. */
bool subnet_has_place(const struct subnet *subnet, uint32_t address);

/* Returns the address after ADDRESS, from the last one back to the first. */
uint32_t subnet_after(const struct subnet *subnet, uint32_t address);

bool subnets_overlap(const struct subnet *one, const struct subnet *other);

#endif
