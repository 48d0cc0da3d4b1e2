// Which folder each watch of inotify(7) is on: a tree, so that a folder that gets another name is renamed in one place.
#ifndef WATCHES_H
#define WATCHES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "../common/guest-protocol.h"

enum { MAX_WATCHES = 65536 };

struct watch {
    int wd;
    // 0: it is the top.
    int parent;
    bool doomed;
    char name[NAME_MAX + 1];
};

// In the order of their numbers.
struct watches {
    size_t count;
    size_t room;
    struct watch *all;
};

// All return an index, or -1.
int watches_find(const struct watches *watches, int wd);
int watches_find_child(const struct watches *watches, int parent, const char *name);
// Adds one, or gives the one with this number another place. False with errno, ENOSPC for too many.
bool watches_set(struct watches *watches, int wd, int parent, const char *name);
void watches_remove(struct watches *watches, int wd);
// Removes one and all below it. Each number is given to `dropped`.
void watches_remove_tree(struct watches *watches, int wd, void (*dropped)(int wd));
void watches_clear(struct watches *watches);
// The path of NAME in a watched folder, from the top on; NAME may be empty. False when it is longer than MAX_PATH, or not
// known.
bool watches_path(const struct watches *watches, int wd, const char *name, char path[MAX_PATH + 1]);

#endif
