#include "links.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct link {
    dev_t device;
    ino_t inode;
    char path[];
};

static int compare(const void *left, const void *right) {
    const struct link *a = left;
    const struct link *b = right;
    if (a->device != b->device) return a->device < b->device ? -1 : 1;
    return a->inode == b->inode ? 0 : a->inode < b->inode ? -1 : 1;
}

// GCC's analyzer does not know that tsearch() keeps the pointer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
const char *links_meet(links *met, const struct stat *status, const char *path) {
    struct link key = {.device = status->st_dev, .inode = status->st_ino};
    struct link *const *found = tfind(&key, met, compare);
    if (found) return (*found)->path;
    size_t size = strlen(path) + 1;
    struct link *link = malloc(sizeof *link + size);
    if (!link) return NULL;
    *link = key;
    memcpy(link->path, path, size);
    if (tsearch(link, met, compare)) return link->path;
    free(link);
    return NULL;
}
#pragma GCC diagnostic pop
