#include "digest.h"

#include "fail.h"

#include <stdio.h>

static void must(int done) {
    if (done != 1) die("libcrypto has no SHA-256");
}

void begin_digest(EVP_MD_CTX **digest) {
    if (*digest == NULL) *digest = EVP_MD_CTX_new();
    must(*digest != NULL && EVP_DigestInit_ex(*digest, EVP_sha256(), NULL));
}

void add_to_digest(EVP_MD_CTX *digest, const uint8_t *data, size_t length) {
    must(EVP_DigestUpdate(digest, data, length));
}

void end_digest(EVP_MD_CTX *digest, char text[DIGEST_TEXT]) {
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned int length;
    must(EVP_DigestFinal_ex(digest, bytes, &length) && length * 2 + 1 == DIGEST_TEXT);
    for (unsigned int i = 0; i < length; i++) snprintf(text + (size_t)i * 2, 3, "%02x", bytes[i]);
}
