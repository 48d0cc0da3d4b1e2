/*
 * box-layer: takes layers of images, one after the other, as they come from a registry: digest of what comes,
 * decompression, digest of the tar, the tar's file. docs/layer-helper.md has the words on the wire.
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

enum { MOST_ORDER = PATH_MAX + 64 };

/* `KIND ROOM NAME` */
struct order {
    char text[MOST_ORDER];
    const struct decoder *decoder;
    uint64_t room;
    const char *name;
};

static void parse_order(struct order *order) {
    char *rest = order->text;
    const char *kind = strsep(&rest, " ");
    const char *room = rest == NULL ? NULL : strsep(&rest, " ");
    char *end;
    if (rest == NULL || room == NULL || *room == '\0') die("an order has three words");
    order->decoder = find_decoder(kind);
    order->room = strtoull(room, &end, 10);
    order->name = rest;
    if (order->decoder == NULL || *end != '\0' || strchr(rest, '/') != NULL) die("an order that makes no sense");
}

static bool read_order(struct order *order) {
    uint32_t left;
    if (!read_number(&left)) return false;
    if (left >= sizeof order->text) die("an order that is too long");
    order->text[left] = '\0';
    for (char *to = order->text; left > 0;) {
        size_t length;
        const uint8_t *some = take_some(left, &length);
        memcpy(to, some, length);
        to += length;
        left -= (uint32_t)length;
    }
    if (strlen(order->text) == 0) die("an empty order");
    parse_order(order);
    return true;
}

/* Pieces, each with its length before it; one of no length ends them. */
static void take_pieces(const struct decoder *decoder, EVP_MD_CTX *digest) {
    uint32_t left;
    for (;;) {
        if (!read_number(&left)) die("the input ends inside a layer");
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

static void take_layer(const struct order *order) {
    static EVP_MD_CTX *digest;
    char blob[DIGEST_TEXT], tar[DIGEST_TEXT];
    int file = open(order->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) fail_errno();
    begin_digest(&digest);
    begin_output(file, order->room);
    order->decoder->begin();
    take_pieces(order->decoder, digest);
    order->decoder->end();
    uint64_t bytes = end_output(tar);
    end_digest(digest, blob);
    close(file);
    dprintf(STDOUT_FILENO, "done %s %s %" PRIu64 "\n", blob, tar, bytes);
}

int main(void) {
    static struct order order;
    prctl(PR_SET_NAME, "box-layer");
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    shut_in();
    while (read_order(&order)) take_layer(&order);
    _exit(0);
}
