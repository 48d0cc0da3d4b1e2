#ifndef BOX_LAYER_DIGEST_H
#define BOX_LAYER_DIGEST_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_TEXT = 2 * 32 + 1 };

/* SHA-256 of the data added; begin_digest allocates `digest`, or resets it. */
void begin_digest(EVP_MD_CTX **digest);
void add_to_digest(EVP_MD_CTX *digest, const uint8_t *data, size_t length);
void end_digest(EVP_MD_CTX *digest, char text[DIGEST_TEXT]);

#endif
