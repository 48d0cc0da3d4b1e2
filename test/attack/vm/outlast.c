/*
 * Runs a command and waits for everything that it starts, including daemons: when this exits, nothing is left. Then
 * prints a line for each process with its name and peak memory in KiB, and exits with the command's code.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 120 };

static void fail(const char *what) {
    perror(what);
    exit(FAILED);
}

/* For a process that has exited but has not been waited for yet. */
static void read_name(pid_t pid, char *name, size_t room) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, name, room - 1);
    if (fd >= 0) (void)close(fd);
    name[length < 0 ? 0 : length] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

int main(int argc, char **argv) {
    if (argc < 3) return FAILED;
    FILE *report = fopen(argv[1], "we");
    if (report == NULL || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail(argv[1]);
    pid_t command = fork();
    if (command < 0) fail("fork");
    if (command == 0) {
        (void)execv(argv[2], argv + 2);
        fail(argv[2]);
    }
    int code = FAILED;
    siginfo_t ended;
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0) {
        char name[32] = "";
        int status;
        struct rusage usage;
        read_name(ended.si_pid, name, sizeof name);
        if (wait4(ended.si_pid, &status, 0, &usage) < 0) fail("wait4");
        (void)fprintf(report, "%s %ld\n", name, usage.ru_maxrss);
        if (ended.si_pid == command && WIFEXITED(status)) code = WEXITSTATUS(status);
    }
    if (errno != ECHILD || fclose(report) != 0) fail("waitid");
    return code;
}
