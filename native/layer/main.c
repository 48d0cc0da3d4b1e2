/*
 * box-layer: processes layers of images, one after the other, as they are downloaded: hashes the blob, decompresses it,
 * hashes the tar and writes it to a file. docs/layer-helper.md describes the wire protocol.
 */
#include "decoder.h"
#include "digest.h"
#include "fail.h"
#include "input.h"
#include "jail.h"
#include "output.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAX_REQUEST = PATH_MAX + 64 };

/* `KIND KEEP_FREE NAME` */
struct request {
    char text[MAX_REQUEST];
    const struct decoder *decoder;
    uint64_t keep_free;
    const char *name;
};

static void parse_request(struct request *request) {
    char *rest = request->text;
    const char *kind = strsep(&rest, " ");
    const char *keep_free = rest == NULL ? NULL : strsep(&rest, " ");
    char *end;
    if (rest == NULL || keep_free == NULL || *keep_free == '\0') die("a request must have three words");
    request->decoder = find_decoder(kind);
    request->keep_free = strtoull(keep_free, &end, 10);
    request->name = rest;
    if (request->decoder == NULL || *end != '\0' || strchr(rest, '/') != NULL) die("malformed request");
}

static bool read_request(struct request *request) {
    uint32_t left;
    if (!read_number(&left)) return false;
    if (left >= sizeof request->text) die("request too long");
    request->text[left] = '\0';
    for (char *to = request->text; left > 0;) {
        size_t length;
        const uint8_t *some = take_some(left, &length);
        memcpy(to, some, length);
        to += length;
        left -= (uint32_t)length;
    }
    if (strlen(request->text) == 0) die("empty request");
    parse_request(request);
    return true;
}

/* Reads chunks, each preceded by its length, until one with length 0. */
static void process_blob(const struct decoder *decoder, EVP_MD_CTX *digest) {
    uint32_t left;
    for (;;) {
        if (!read_number(&left)) die("unexpected end of input");
        if (left == 0) return;
        while (left > 0) {
            size_t length;
            const uint8_t *some = take_some(left, &length);
            add_to_digest(digest, some, length);
            decoder->push(some, length);
            left -= (uint32_t)length;
        }
    }
}

static void process_layer(const struct request *request) {
    static EVP_MD_CTX *digest;
    char blob[DIGEST_TEXT], tar[DIGEST_TEXT];
    int file = open(request->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) fail_errno();
    begin_digest(&digest);
    begin_output(file, request->keep_free);
    request->decoder->begin();
    process_blob(request->decoder, digest);
    request->decoder->end();
    uint64_t bytes = end_output(tar);
    end_digest(digest, blob);
    close(file);
    dprintf(STDOUT_FILENO, "done %s %s %" PRIu64 "\n", blob, tar, bytes);
}

int main(void) {
    static struct request request;
    prctl(PR_SET_NAME, "box-layer");
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    enter_jail();
    while (read_request(&request)) process_layer(&request);
    _exit(0);
}
