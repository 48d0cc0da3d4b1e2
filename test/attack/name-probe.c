/* name-probe FD NAME…: creates, removes and renames each NAME in directory FD, as virtiofsd does; prints each result. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *call, const char *name, long result) {
    printf("%s %s: %s\n", call, name, result < 0 ? strerrorname_np(errno) : "ok");
}

int main(int count, char **words) {
    int folder = atoi(words[1]);
    struct open_how how = {.flags = O_PATH};
    for (int i = 2; i < count; i++) {
        const char *name = words[i];
        say("mkdirat", name, mkdirat(folder, name, 0700));
        say("mknodat", name, mknodat(folder, name, S_IFIFO | 0600, 0));
        say("symlinkat", name, symlinkat("target", folder, name));
        say("linkat", name, linkat(folder, "file", folder, name, 0));
        say("linkat from", name, linkat(folder, name, folder, "new", 0));
        say("renameat", name, renameat(folder, "file", folder, name));
        say("renameat2", name, renameat2(folder, "file", folder, name, RENAME_NOREPLACE));
        say("renameat2 from", name, syscall(SYS_renameat2, folder, name, folder, "new", 0));
        say("unlinkat", name, unlinkat(folder, name, 0));
        say("openat2", name, syscall(SYS_openat2, folder, name, &how, sizeof how));
    }
    return 0;
}
