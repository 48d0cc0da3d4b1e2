#include "warnings.h"
#include "../common/io.h"
#include "report.h"

#include <limits.h>
#include <stdio.h>

static const char MISSING[] = "missing-layers";

/* Reads a small file. Returns an empty text if it cannot be read. */
static void read_text(const char *path, char *text, size_t size) {
    cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = file < 0 ? 0 : read_up_to(file, text, size - 1);
    text[length < 0 ? 0 : length] = '\0';
}

/* Whether this has not been shown yet; from now on, it has. */
static bool is_news(const char *home, const char *state) {
    char path[PATH_MAX], temporary[PATH_MAX], before[4096];
    int length = snprintf(path, sizeof path, "%s/shown-jail", home);
    int longer = snprintf(temporary, sizeof temporary, "%s/shown-jail.%d.tmp", home, (int)getpid());
    if (length < 0 || longer < 0 || (size_t)longer >= sizeof temporary) return true;
    read_text(path, before, sizeof before);
    if (strcmp(before, state) == 0) return false;
    cleanup_close int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return true;
    if (!write_all(file, state, strlen(state)) || rename(temporary, path) != 0) (void)unlink(temporary);
    return true;
}

static void warn(const char *home, char *line) {
    char boot[64], state[4096];
    size_t field = strcspn(line, "\t");
    if (field != sizeof MISSING - 1 || memcmp(line, MISSING, field) != 0) {
        report_warning(text_of(line));
        return;
    }
    char *layers = line[field] == '\0' ? line + field : line + field + 1;
    for (char *at = layers; *at != '\0'; at++)
        if (*at == '\t') *at = ',';
    read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    boot[strcspn(boot, "\n")] = '\0';
    (void)snprintf(state, sizeof state, "%s %s\n", boot, layers);
    if (is_news(home, state))
        report_warning(text_of("some layers of the VM jail are unavailable on this host; `box doctor` lists them"));
}

void pass_warnings(struct warnings *warnings) {
    char text[4096];
    ssize_t length = read_some(warnings->fd, text, sizeof text - 1);
    if (length <= 0) {
        close_fd(&warnings->fd);
        return;
    }
    text[length] = '\0';
    /* Each is written at once. */
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (line[0] != '\0') warn(warnings->home, line);
}
