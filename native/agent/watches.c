#include "watches.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Returns the index of the watch, or the index to insert it at.
static size_t place_of(const struct watches *watches, int wd) {
    size_t from = 0;
    size_t to = watches->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (watches->all[middle].wd < wd) from = middle + 1;
        else to = middle;
    }
    return from;
}

int watches_find(const struct watches *watches, int wd) {
    size_t place = place_of(watches, wd);
    return place < watches->count && watches->all[place].wd == wd ? (int)place : -1;
}

int watches_find_child(const struct watches *watches, int parent, const char *name) {
    for (size_t i = 0; i < watches->count; i++) {
        if (watches->all[i].parent == parent && strcmp(watches->all[i].name, name) == 0) return (int)i;
    }
    return -1;
}

static bool reserve(struct watches *watches) {
    if (watches->count < watches->capacity) return true;
    if (watches->count == MAX_WATCHES) {
        errno = ENOSPC;
        return false;
    }
    size_t capacity = watches->capacity > 0 ? watches->capacity * 2 : 64;
    struct watch *grown = realloc(watches->all, capacity * sizeof *grown);
    if (!grown) return false;
    watches->all = grown;
    watches->capacity = capacity;
    return true;
}

bool watches_set(struct watches *watches, int wd, int parent, const char *name) {
    size_t place = place_of(watches, wd);
    bool there = place < watches->count && watches->all[place].wd == wd;
    if (!there && !reserve(watches)) return false;
    struct watch *watch = &watches->all[place];
    if (!there) memmove(watch + 1, watch, (watches->count++ - place) * sizeof *watch);
    *watch = (struct watch){.wd = wd, .parent = parent};
    (void)snprintf(watch->name, sizeof watch->name, "%s", name);
    return true;
}

void watches_remove(struct watches *watches, int wd) {
    int place = watches_find(watches, wd);
    if (place < 0) return;
    struct watch *watch = &watches->all[place];
    watches->count--;
    memmove(watch, watch + 1, (watches->count - (size_t)place) * sizeof *watch);
}

// Whether WATCH is the watch WD or below it. Also true if its chain of parents is broken or circular.
static bool is_below(const struct watches *watches, const struct watch *watch, int wd) {
    // A chain of parents cannot be longer than the number of watches.
    for (size_t steps = 0; steps <= watches->count; steps++) {
        if (watch->wd == wd) return true;
        if (watch->parent == 0) return false;
        int above = watches_find(watches, watch->parent);
        if (above < 0) return true;
        watch = &watches->all[above];
    }
    return true;
}

void watches_remove_tree(struct watches *watches, int wd, void (*dropped)(int wd)) {
    for (size_t i = 0; i < watches->count; i++) watches->all[i].doomed = is_below(watches, &watches->all[i], wd);
    size_t kept = 0;
    for (size_t i = 0; i < watches->count; i++) {
        if (watches->all[i].doomed) dropped(watches->all[i].wd);
        else watches->all[kept++] = watches->all[i];
    }
    watches->count = kept;
}

void watches_clear(struct watches *watches) { watches->count = 0; }

bool watches_path(const struct watches *watches, int wd, const char *name, char path[MAX_PATH + 1]) {
    size_t at = MAX_PATH;
    path[at] = '\0';
    for (size_t steps = 0; steps <= watches->count + 1; steps++) {
        size_t length = strlen(name);
        if (length + 1 > at) return false;
        if (length > 0 && path[at] != '\0') path[--at] = '/';
        at -= length;
        memcpy(path + at, name, length);
        if (wd == 0) {
            memmove(path, path + at, MAX_PATH + 1 - at);
            return true;
        }
        int place = watches_find(watches, wd);
        if (place < 0) return false;
        name = watches->all[place].name;
        wd = watches->all[place].parent;
    }
    return false;
}
