/*
 * A box-layer that its input has taken over: preloaded, it replaces read(), which the helper calls first once it is
 * confined. Prints the outcome of each attempt to escape on stderr, one per line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *what, long result) {
    dprintf(STDERR_FILENO, "%s: %s\n", what, result >= 0 ? "ok" : strerrorname_np(errno));
}

ssize_t read(int fd, void *buffer, size_t size) {
    char *const none[] = {NULL};
    (void)fd, (void)buffer, (void)size;
    tell("read file", open("/etc/passwd", O_RDONLY));
    tell("read folder", open(".", O_RDONLY));
    tell("write elsewhere", open("../outside", O_WRONLY));
    tell("make file", open("made", O_WRONLY | O_CREAT, 0600));
    tell("write layer", open("layer", O_WRONLY));
    tell("socket", socket(AF_INET, SOCK_STREAM, 0));
    tell("execute", execve("/bin/true", none, none));
    tell("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    tell("signal", kill(getppid(), 0));
    tell("remove", unlink("layer"));
    tell("new code", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    tell("memory", mmap(NULL, 1UL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    tell("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
    _exit(0);
}
