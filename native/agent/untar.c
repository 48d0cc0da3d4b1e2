#include "untar.h"

#include <errno.h>
#include <string.h>

#define LARGEST (UINT64_C(1) << 62)

static bool bad(struct failure *failure, const char *what) {
    return fail(failure, "failed", "cannot read the tar: %s", what);
}

// Returns the number of bytes read, less than LENGTH only at the end; -1 with a failure.
static ssize_t read_bytes(struct untar *untar, void *bytes, size_t length, struct failure *failure) {
    size_t have = 0;
    while (have < length) {
        ssize_t got = untar->read(untar->from, (uint8_t *)bytes + have, length - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) (void)bad(failure, strerror(errno));
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static bool read_all(struct untar *untar, void *bytes, size_t length, struct failure *failure) {
    ssize_t got = read_bytes(untar, bytes, length, failure);
    if (got < 0) return false;
    return (size_t)got == length || bad(failure, "unexpected end");
}

static size_t padding_of(uint64_t size) { return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK; }

static bool skip(struct untar *untar, struct failure *failure) {
    uint8_t block[TAR_BLOCK * 16];
    uint64_t left = untar->content + untar->padding;
    while (left > 0) {
        size_t part = left < sizeof block ? (size_t)left : sizeof block;
        if (!read_all(untar, block, part, failure)) return false;
        left -= part;
    }
    untar->content = untar->padding = 0;
    return true;
}

ssize_t untar_data(struct untar *untar, void *bytes, size_t length, struct failure *failure) {
    size_t part = untar->content < length ? (size_t)untar->content : length;
    if (!read_all(untar, bytes, part, failure)) return -1;
    untar->content -= part;
    return (ssize_t)part;
}

// Octal digits between blanks, or base 256 if the first bit is set. Negative numbers become 0.
static bool read_number(const char *text, size_t length, uint64_t *number) {
    const uint8_t *field = (const uint8_t *)text;
    uint64_t value = 0;
    size_t i = 0;
    if (field[0] & 0x80) {
        value = field[0] & 0x3f;
        bool negative = (field[0] & 0x40) != 0;
        for (i = 1; i < length && !negative; i++) {
            if (value >= LARGEST >> 8) return false;
            value = value << 8 | field[i];
        }
        *number = negative ? 0 : value;
        return true;
    }
    while (i < length && (field[i] == ' ' || field[i] == '\0')) i++;
    for (; i < length && field[i] != ' ' && field[i] != '\0'; i++) {
        if (field[i] < '0' || field[i] > '7' || value >= LARGEST >> 3) return false;
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *number = value;
    return true;
}

static uint64_t sum_of(const void *bytes, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) sum += ((const uint8_t *)bytes)[i];
    return sum;
}

// The checksum is computed with its own field filled with blanks.
static bool sum_is_right(const struct tar_header *header) {
    uint64_t wanted = 0;
    uint64_t sum = sum_of(header, sizeof *header) - sum_of(header->checksum, sizeof header->checksum) + 8 * ' ';
    return read_number(header->checksum, sizeof header->checksum, &wanted) && wanted == sum;
}

static void copy_name(char *to, const struct tar_header *header) {
    size_t length = 0;
    if (memcmp(header->magic, "ustar", sizeof header->magic) == 0 && header->prefix[0] != '\0') {
        length = strnlen(header->prefix, sizeof header->prefix);
        memcpy(to, header->prefix, length);
        to[length++] = '/';
    }
    size_t rest = strnlen(header->name, sizeof header->name);
    memcpy(to + length, header->name, rest);
    to[length + rest] = '\0';
}

// A GNU long name is the content of a separate entry.
static bool read_name(struct untar *untar, char *to, uint64_t size, struct failure *failure) {
    if (size > UNTAR_PATH + 1) return bad(failure, "a path is too long");
    if (!read_all(untar, to, (size_t)size, failure)) return false;
    to[size <= UNTAR_PATH ? size : UNTAR_PATH] = '\0';
    untar->padding = padding_of(size);
    return skip(untar, failure);
}

static bool read_records(struct untar *untar, uint64_t size, struct failure *failure) {
    if (size > UNTAR_RECORDS) return bad(failure, "a pax header is too long");
    if (!read_all(untar, untar->records, (size_t)size, failure)) return false;
    untar->records_length = (size_t)size;
    untar->padding = padding_of(size);
    return skip(untar, failure);
}

struct pax {
    const char *key;
    size_t key_length;
    const char *value;
    size_t length;
};

// Reads a record `LENGTH KEY=VALUE\n`. Returns 1 with the record at *AT, 0 at the end, -1 if it is malformed.
static int next_pax(const struct untar *untar, size_t *at, struct pax *pax) {
    const char *start = untar->records + *at;
    size_t have = untar->records_length - *at;
    size_t total = 0;
    size_t i = 0;
    // Some writers pad the records with NULs.
    if (have == 0 || start[0] == '\0') return 0;
    for (; i < have && start[i] >= '0' && start[i] <= '9' && total <= UNTAR_RECORDS; i++) {
        total = total * 10 + (size_t)(start[i] - '0');
    }
    if (i == 0 || total > have || i + 1 >= total || start[i] != ' ' || start[total - 1] != '\n') return -1;
    pax->key = start + i + 1;
    const char *equals = memchr(pax->key, '=', total - i - 2);
    if (!equals || equals == pax->key) return -1;
    pax->key_length = (size_t)(equals - pax->key);
    pax->value = equals + 1;
    pax->length = (size_t)(start + total - 1 - pax->value);
    *at += total;
    return 1;
}

static bool is_key(const struct pax *pax, const char *key) {
    return pax->key_length == strlen(key) && memcmp(pax->key, key, pax->key_length) == 0;
}

static bool set_path(const struct pax *pax, char *to) {
    if (pax->length > UNTAR_PATH || memchr(pax->value, '\0', pax->length)) return false;
    memcpy(to, pax->value, pax->length);
    to[pax->length] = '\0';
    return true;
}

// Parses an integer. Drops fractions of a second; times before 1970 become 1970.
static bool set_number(const struct pax *pax, uint64_t *number) {
    uint64_t value = 0;
    size_t i = 0;
    *number = 0;
    if (pax->length > 0 && pax->value[0] == '-') return true;
    for (; i < pax->length && pax->value[i] != '.'; i++) {
        if (pax->value[i] < '0' || pax->value[i] > '9' || value >= LARGEST / 10) return false;
        value = value * 10 + (uint64_t)(pax->value[i] - '0');
    }
    *number = value;
    return i > 0;
}

struct numbers {
    uint64_t mode, uid, gid, size, mtime, major, minor;
};

static bool apply_records(struct untar *untar, struct numbers *numbers, struct failure *failure) {
    struct pax pax;
    size_t at = 0;
    int more;
    while ((more = next_pax(untar, &at, &pax)) == 1) {
        bool right = true;
        if (pax.length == 0) continue;
        if (is_key(&pax, "path")) right = set_path(&pax, untar->path);
        if (is_key(&pax, "linkpath")) right = set_path(&pax, untar->target);
        if (is_key(&pax, "size")) right = set_number(&pax, &numbers->size);
        if (is_key(&pax, "uid")) right = set_number(&pax, &numbers->uid);
        if (is_key(&pax, "gid")) right = set_number(&pax, &numbers->gid);
        if (is_key(&pax, "mtime")) right = set_number(&pax, &numbers->mtime);
        if (pax.key_length > 10 && memcmp(pax.key, "GNU.sparse", 10) == 0)
            return bad(failure, "sparse files are not supported");
        if (!right) return bad(failure, "a pax header is malformed");
    }
    return more == 0 || bad(failure, "a pax header is malformed");
}

static bool read_numbers(const struct tar_header *h, struct numbers *n) {
    // Pre-POSIX writers leave arbitrary bytes in the fields of device numbers.
    bool device = h->type == '3' || h->type == '4';
    return read_number(h->mode, sizeof h->mode, &n->mode) && read_number(h->uid, sizeof h->uid, &n->uid) &&
           read_number(h->gid, sizeof h->gid, &n->gid) && read_number(h->size, sizeof h->size, &n->size) &&
           read_number(h->mtime, sizeof h->mtime, &n->mtime) &&
           (!device || read_number(h->major, sizeof h->major, &n->major)) &&
           (!device || read_number(h->minor, sizeof h->minor, &n->minor));
}

static bool finish(struct untar *untar, char type, const struct numbers *n, struct untar_entry *entry,
                   struct failure *failure) {
    size_t length = strlen(untar->path);
    if (type == '\0' || type == '7') type = '0';
    if (type == '0' && length > 0 && untar->path[length - 1] == '/') type = '5';
    if (type < '0' || type > '6')
        return bad(failure, type == 'S' ? "sparse files are not supported" : "unknown entry type");
    if (n->size >= LARGEST || n->uid > UINT32_MAX || n->gid > UINT32_MAX) return bad(failure, "a number is too large");
    *entry = (struct untar_entry){
        .path = untar->path,
        .target = untar->target,
        .type = type,
        .mode = (uint16_t)(n->mode & 07777),
        .uid = (uint32_t)n->uid,
        .gid = (uint32_t)n->gid,
        .major = (uint32_t)n->major,
        .minor = (uint32_t)n->minor,
        .mtime = (int64_t)n->mtime,
        .size = type == '0' ? n->size : 0,
    };
    untar->content = n->size;
    untar->padding = padding_of(n->size);
    // Some writers store the size of a hard link's target, but no content.
    if (type == '1') untar->content = untar->padding = 0;
    return true;
}

static bool find_next(struct untar *untar, struct untar_entry *entry, bool *ended, struct failure *failure) {
    struct tar_header header;
    bool named = false;
    bool led = false;
    *ended = false;
    if (!skip(untar, failure)) return false;
    untar->records_length = 0;
    for (;;) {
        struct numbers numbers = {0};
        ssize_t got = read_bytes(untar, &header, sizeof header, failure);
        if (got < 0) return false;
        // Some writers omit the end marker.
        *ended = got == 0 || (got == TAR_BLOCK && sum_of(&header, sizeof header) == 0);
        if (*ended) return true;
        if (got < TAR_BLOCK) return bad(failure, "unexpected end");
        if (!sum_is_right(&header)) return bad(failure, "not a tar archive");
        if (!read_numbers(&header, &numbers)) return bad(failure, "a number is malformed");
        switch (header.type) {
        case 'L':
            if (!read_name(untar, untar->path, numbers.size, failure)) return false;
            named = true;
            continue;
        case 'K':
            if (!read_name(untar, untar->target, numbers.size, failure)) return false;
            led = true;
            continue;
        case 'x':
            if (!read_records(untar, numbers.size, failure)) return false;
            continue;
        case 'g':
            // Mostly comments.
            untar->content = numbers.size;
            untar->padding = padding_of(numbers.size);
            if (numbers.size >= LARGEST || !skip(untar, failure)) return bad(failure, "unexpected end");
            continue;
        default:
            break;
        }
        if (!named) copy_name(untar->path, &header);
        if (!led) {
            size_t length = strnlen(header.target, sizeof header.target);
            memcpy(untar->target, header.target, length);
            untar->target[length] = '\0';
        }
        return apply_records(untar, &numbers, failure) && finish(untar, header.type, &numbers, entry, failure);
    }
}

int untar_next(struct untar *untar, struct untar_entry *entry, struct failure *failure) {
    bool ended;
    if (!find_next(untar, entry, &ended, failure)) return -1;
    return ended ? 0 : 1;
}

bool untar_attribute(struct untar *untar, size_t *at, struct untar_attribute *attribute) {
    static const char PREFIX_OF_KEY[] = "SCHILY.xattr.";
    const size_t prefix = sizeof PREFIX_OF_KEY - 1;
    struct pax pax;
    while (next_pax(untar, at, &pax) == 1) {
        if (pax.key_length <= prefix || memcmp(pax.key, PREFIX_OF_KEY, prefix) != 0) continue;
        if (memchr(pax.key, '\0', pax.key_length)) continue;
        // Overwrite the equals sign to terminate the name.
        untar->records[pax.key + pax.key_length - untar->records] = '\0';
        *attribute = (struct untar_attribute){pax.key + prefix, pax.value, pax.length};
        return true;
    }
    return false;
}
