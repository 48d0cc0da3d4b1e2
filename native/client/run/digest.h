#ifndef BOX_CLIENT_DIGEST_H
#define BOX_CLIENT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* A digest (FNV-1a), by which plans are found and damage is noticed; not against an attacker. */
uint64_t digest_of(const void *bytes, size_t length);

#endif
