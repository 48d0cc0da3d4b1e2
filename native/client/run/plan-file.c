#include "plan-file.h"
#include "../../common/io.h"
#include "../../common/own.h"
#include "../home.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* The whole content of a file; 0 if it cannot be a plan. */
static size_t read_file(int folder, const char *name, char bytes[PLAN_MOST_BYTES]) {
    cleanup_close int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) return 0;
    ssize_t length = read_up_to(file, bytes, PLAN_MOST_BYTES);
    if (length <= 0 || length == PLAN_MOST_BYTES) return 0;
    /* The plans that were used last are kept. */
    (void)futimens(file, NULL);
    return (size_t)length;
}

bool find_plan(const struct buffer *key, uint64_t digest, struct plan *plan) {
    static char bytes[PLAN_MOST_BYTES];
    char home[PATH_MAX], path[PATH_MAX], name[24];
    if (!home_folder(home) || !make_path(path, sizeof path, "%s/plans", home)) return false;
    cleanup_close int folder = open_own_folder(path);
    (void)snprintf(name, sizeof name, "%016" PRIx64, digest);
    size_t length = folder < 0 ? 0 : read_file(folder, name, bytes);
    return length > 0 && read_plan(bytes, length, plan) && strlen(plan->key) == key->length &&
           memcmp(plan->key, key->bytes, key->length) == 0;
}
