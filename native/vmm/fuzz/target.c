/*
 * The first byte selects what the rest is: NUL-terminated arguments of a VMM or of networks, a VMDK
 * descriptor, or a file of subordinate IDs.
 */
#define _GNU_SOURCE
#include "../../fuzz/target.h"

#include "../net_policy.h"
#include "round.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *content;
static size_t content_size;
static FILE *content_file;

static FILE *open_content(void) {
    content_file = content_size == 0 ? NULL : fmemopen((void *)(uintptr_t)content, content_size, "r");
    return content_file;
}

static int close_content(FILE *file) {
    content_file = NULL;
    return fclose(file);
}

#define calloc kept_calloc
#define reallocarray kept_grown
#define strdup(text) keep((strdup)(text))
#define free forget
#define fopen(path, mode) ((void)(path), open_content())
#define fclose close_content
#include "../ids.c"
#include "../join-options.c"
#define copy copy_text
#include "../options.c"
#include "../view.c"
#undef calloc
#undef reallocarray
#undef strdup
#undef free
#undef fopen
#undef fclose

/* Splits the input at its NULs. */
static char **read_words(size_t *count) {
    char *text = keep(malloc(content_size + 1));
    char **words = keep(calloc(content_size + 2, sizeof *words));
    memcpy(text, content, content_size);
    text[content_size] = '\0';
    for (size_t at = 0; at < content_size; at += strlen(text + at) + 1) words[(*count)++] = text + at;
    return words;
}

/* The switch understands every hello that the options make. */
static void read_networks(void) {
    static struct networks networks;
    static uint8_t bytes[HELLO_BYTES];
    struct hello hello;
    size_t count = 0;
    char **words = read_words(&count);
    memset(&networks, 0, sizeof networks);
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (!take_network_option(&networks, words[i], words[i + 1])) return;
    }
    check_networks(&networks, count % 2 == 0 ? HELLO_JOIN : HELLO_CHANGE);
    size_t length = hello_write(&networks.hello, bytes);
    if (length == 0 || !hello_parse(bytes, length, &hello) || hello.count != networks.hello.count) abort();
}

static void read_options(bool krun) {
    size_t count = 0;
    char **words = read_words(&count);
    if (krun) {
        struct machine machine = parse_krun(words);
        if (machine.disk_count == 0 || machine.disk_count > count || machine.cpus == 0) abort();
    } else {
        struct machine machine = parse_qemu(words);
        if (machine.command[0] == NULL || machine.volume_count > count) abort();
        for (size_t i = 0; i < machine.volume_count; i++) {
            if (strchr(machine.volumes[i].name, '/') != NULL || machine.volumes[i].source[0] != '/') abort();
        }
    }
}

static void read_extents(void) {
    struct view view = {0};
    see_extents(&view, "");
    for (size_t i = 0; i < view.count; i++) {
        if (view.sights[i].path[0] != '/' || view.sights[i].use != USE_READ) abort();
    }
}

/* Checks that arguments of newuidmap are numbers. */
static void read_range(void) {
    struct id_range range;
    if (!find_range("", "user", "1000", &range)) return;
    if (!is_number(range.first) || !is_number(range.count)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    content = data + 1;
    content_size = size - 1;
    if (setjmp(ended) == 0) {
        if (data[0] % 5 < 2) read_options(data[0] % 5 == 0);
        if (data[0] % 5 == 2) read_extents();
        if (data[0] % 5 == 3) read_range();
        if (data[0] % 5 == 4) read_networks();
    }
    if (content_file != NULL) close_content(content_file);
    end_round();
    return 0;
}
