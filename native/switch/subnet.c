#include "subnet.h"

static uint32_t mask_of(const struct subnet *subnet) { return UINT32_MAX << (32 - subnet->prefix); }

static uint32_t last_of(const struct subnet *subnet) { return subnet->address | ~mask_of(subnet); }

static bool is_inside(const struct subnet *subnet, uint32_t address) {
    return address > subnet->address && address < last_of(subnet);
}

bool subnet_is_valid(const struct subnet *subnet) {
    return subnet->prefix >= MIN_PREFIX && subnet->prefix <= MAX_PREFIX && (subnet->address & ~mask_of(subnet)) == 0 &&
           is_inside(subnet, subnet->gateway);
}

bool subnet_has_place(const struct subnet *subnet, uint32_t address) {
    return is_inside(subnet, address) && address != subnet->gateway;
}

uint32_t subnet_after(const struct subnet *subnet, uint32_t address) {
    return is_inside(subnet, address + 1) ? address + 1 : subnet->address + 1;
}

bool subnets_overlap(const struct subnet *one, const struct subnet *other) {
    uint32_t mask = mask_of(one) & mask_of(other);
    return (one->address & mask) == (other->address & mask);
}
