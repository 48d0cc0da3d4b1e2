// The directories of inotify(7) watches, as a tree, so that renaming a directory changes only one entry.
#ifndef WATCHES_H
#define WATCHES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "../common/guest-protocol.h"

enum { MAX_WATCHES = 65536 };

struct watch {
    int wd;
    // 0: this is the top.
    int parent;
    bool doomed;
    char name[NAME_MAX + 1];
};

// Sorted by watch descriptor.
struct watches {
    size_t count;
    size_t capacity;
    struct watch *all;
};

// Both return an index, or -1.
int watches_find(const struct watches *watches, int wd);
int watches_find_child(const struct watches *watches, int parent, const char *name);
// Adds a watch, or moves the existing one with this descriptor. Returns false with errno set, to ENOSPC if there are
// too many.
bool watches_set(struct watches *watches, int wd, int parent, const char *name);
void watches_remove(struct watches *watches, int wd);
// Removes a watch and all below it, and calls `dropped` for each.
void watches_remove_tree(struct watches *watches, int wd, void (*dropped)(int wd));
void watches_clear(struct watches *watches);
// Builds the path, relative to the top, of NAME in a watched directory; NAME may be empty. Returns false if it is
// longer than MAX_PATH or the watch is unknown.
bool watches_path(const struct watches *watches, int wd, const char *name, char path[MAX_PATH + 1]);

#endif
