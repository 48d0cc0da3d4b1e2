#include "hello.h"

#include "../common/bytes.h"

#include <string.h>

struct reader {
    const uint8_t *bytes;
    size_t left;
};

static const uint8_t *take(struct reader *reader, size_t length) {
    const uint8_t *taken = reader->bytes;
    if (length > reader->left) return NULL;
    reader->bytes += length;
    reader->left -= length;
    return taken;
}

/* Reads 1 to 64 hexadecimal digits, an identifier. */
static bool take_id(struct reader *reader, const char **id) {
    const uint8_t *bytes = reader->bytes;
    const uint8_t *end = reader->left > 0 ? memchr(bytes, '\0', reader->left) : NULL;
    size_t length = end == NULL ? 0 : (size_t)(end - bytes);
    if (length < 1 || length > ID_BYTES) return false;
    for (size_t i = 0; i < length; i++) {
        bool is_digit = (bytes[i] >= '0' && bytes[i] <= '9') || (bytes[i] >= 'a' && bytes[i] <= 'f');
        if (!is_digit) return false;
    }
    *id = (const char *)take(reader, length + 1);
    return true;
}

static bool take_label(struct reader *reader, const char **label) {
    const uint8_t *end = reader->left > 0 ? memchr(reader->bytes, '\0', reader->left) : NULL;
    size_t length = end == NULL ? 0 : (size_t)(end - reader->bytes);
    if (length < 1 || length > NAME_BYTES) return false;
    *label = (const char *)take(reader, length + 1);
    return true;
}

/* Returns the number of strings, all of which have a valid length, or -1. */
static int count_strings(struct strings strings) {
    int count = 0;
    while (strings.length > 0) {
        const char *end = memchr(strings.bytes, '\0', strings.length);
        size_t length = end == NULL ? 0 : (size_t)(end - strings.bytes);
        if (length < 1 || length > NAME_BYTES) return -1;
        strings.bytes += length + 1;
        strings.length -= length + 1;
        count++;
    }
    return count;
}

static bool take_strings(struct reader *reader, struct strings *strings) {
    const uint8_t *head = take(reader, 2);
    strings->length = head == NULL ? 0 : read_be16(head);
    strings->bytes = head == NULL ? NULL : (const char *)take(reader, strings->length);
    return strings->bytes != NULL && strings->length <= NAMES_BYTES;
}

static bool take_network(struct reader *reader, struct hello_network *network) {
    const uint8_t *action = take(reader, 1);
    if (action == NULL || !take_id(reader, &network->key)) return false;
    network->action = *action;
    if (*action == ACTION_LEAVE) return true;
    if (*action == ACTION_NAME) return take_strings(reader, &network->names) && count_strings(network->names) > 0;
    const uint8_t *numbers = take(reader, 13);
    if (*action != ACTION_ENTER || numbers == NULL) return false;
    network->subnet = (struct subnet){read_be32(numbers), numbers[4], read_be32(numbers + 5)};
    network->address = read_be32(numbers + 9);
    if (!subnet_is_valid(&network->subnet)) return false;
    if (!take_strings(reader, &network->names) || !take_strings(reader, &network->links)) return false;
    if (!take_label(reader, &network->label)) return false;
    int links = count_strings(network->links);
    return count_strings(network->names) > 0 && links >= 0 && links % 2 == 0;
}

static bool is_repeated(const struct hello *hello, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (strcmp(hello->networks[i].key, hello->networks[index].key) == 0) return true;
    }
    return false;
}

bool hello_parse(const uint8_t *bytes, size_t length, struct hello *hello) {
    struct reader reader = {bytes, length};
    memset(hello, 0, sizeof *hello);
    const uint8_t *kind = take(&reader, 1);
    if (kind == NULL || (*kind != HELLO_JOIN && *kind != HELLO_CHANGE) || !take_id(&reader, &hello->id)) return false;
    hello->kind = *kind;
    for (; reader.left > 0; hello->count++) {
        if (hello->count == MAX_NETWORKS || !take_network(&reader, &hello->networks[hello->count])) return false;
        if (is_repeated(hello, hello->count)) return false;
        if (hello->kind == HELLO_JOIN && hello->networks[hello->count].action != ACTION_ENTER) return false;
    }
    return hello->count > 0;
}

struct writer {
    uint8_t *bytes;
    size_t used;
    bool full;
};

static void put(struct writer *writer, const void *bytes, size_t length) {
    writer->full |= length > HELLO_BYTES - writer->used;
    if (writer->full || length == 0) return;
    memcpy(writer->bytes + writer->used, bytes, length);
    writer->used += length;
}

static void put_byte(struct writer *writer, unsigned byte) { put(writer, &(uint8_t){(uint8_t)byte}, 1); }

static void put_address(struct writer *writer, uint32_t address) {
    uint8_t bytes[ADDRESS_BYTES];
    write_be32(bytes, address);
    put(writer, bytes, sizeof bytes);
}

static void put_strings(struct writer *writer, struct strings strings) {
    put_byte(writer, (unsigned)(strings.length >> 8));
    put_byte(writer, (unsigned)(strings.length & 0xff));
    put(writer, strings.bytes, strings.length);
}

size_t hello_write(const struct hello *hello, uint8_t bytes[HELLO_BYTES]) {
    struct writer writer = {.bytes = bytes};
    put_byte(&writer, hello->kind);
    put(&writer, hello->id, strlen(hello->id) + 1);
    for (size_t i = 0; i < hello->count; i++) {
        const struct hello_network *network = &hello->networks[i];
        put_byte(&writer, network->action);
        put(&writer, network->key, strlen(network->key) + 1);
        if (network->action == ACTION_NAME) put_strings(&writer, network->names);
        if (network->action != ACTION_ENTER) continue;
        put_address(&writer, network->subnet.address);
        put_byte(&writer, network->subnet.prefix);
        put_address(&writer, network->subnet.gateway);
        put_address(&writer, network->address);
        put_strings(&writer, network->names);
        put_strings(&writer, network->links);
        put(&writer, network->label, strlen(network->label) + 1);
    }
    return writer.full ? 0 : writer.used;
}
