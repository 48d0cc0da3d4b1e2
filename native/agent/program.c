#include "program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"

static const char DEFAULT_PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const char *program_variable(char *const *env, const char *name) {
    size_t length = strlen(name);
    for (; *env; env++) {
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=') return *env + length + 1;
    }
    return NULL;
}

// Finds the interpreter named by a script or a dynamically linked ELF file. Returns false if the file names none.
static bool find_interpreter(const char *path, char *interpreter, size_t size) {
    unsigned char head[4096];
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    ssize_t got = read(fd, head, sizeof head);
    size_t have = got < 0 ? 0 : (size_t)got;
    size_t start = 0;
    size_t length = 0;
    if (have > 2 && head[0] == '#' && head[1] == '!') {
        start = 2;
        while (start < have && (head[start] == ' ' || head[start] == '\t')) start++;
        while (start + length < have && !strchr(" \t\r\n", head[start + length])) length++;
    } else if (have >= sizeof(Elf64_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0) {
        Elf64_Ehdr header;
        memcpy(&header, head, sizeof header);
        for (size_t i = 0; i < header.e_phnum && length == 0; i++) {
            Elf64_Phdr segment;
            if (header.e_phoff > have || i > (have - header.e_phoff) / sizeof segment) break;
            size_t at = header.e_phoff + i * sizeof segment;
            if (have - at < sizeof segment) break;
            memcpy(&segment, head + at, sizeof segment);
            if (segment.p_type != PT_INTERP || segment.p_offset >= have) continue;
            start = segment.p_offset;
            length = strnlen((const char *)head + start, have - start);
        }
    }
    if (length == 0 || length >= size) return false;
    memcpy(interpreter, head + start, length);
    interpreter[length] = '\0';
    return true;
}

static void explain(const char *path, int error, struct failure *failure) {
    char interpreter[256];
    struct stat status;
    bool there = stat(path, &status) == 0;
    if (error == ENOENT && there && find_interpreter(path, interpreter, sizeof interpreter)) {
        (void)fail(failure, "not-found", "exec: \"%s\": interpreter %s: no such file or directory", path, interpreter);
    } else if (error == ENOENT || error == ENOTDIR) {
        const char *reason = error == ENOENT ? "no such file or directory" : "not a directory";
        (void)fail(failure, "not-found", "exec: \"%s\": %s", path, reason);
    } else if (there && S_ISDIR(status.st_mode)) {
        (void)fail(failure, "not-executable", "exec: \"%s\": is a directory", path);
    } else if (error == ENOEXEC) {
        (void)fail(failure, "not-executable",
                   "exec: \"%s\": exec format error (neither a program for this machine nor a script with a #! line)",
                   path);
    } else if (error == EACCES) {
        (void)fail(failure, "not-executable", "exec: \"%s\": permission denied", path);
    } else {
        (void)fail(failure, error == E2BIG ? "failed" : "not-executable", "exec: \"%s\": %s", path, strerror(error));
    }
}

static void search(const char *path, char *const *argv, char *const *env, struct failure *failure) {
    char candidate[PATH_MAX];
    char refused[PATH_MAX] = "";
    int error = ENOENT;
    for (;;) {
        int length = (int)strcspn(path, ":");
        // An empty entry means the working directory, as in a shell.
        int needed =
            snprintf(candidate, sizeof candidate, "%.*s/%s", length > 0 ? length : 1, length > 0 ? path : ".", argv[0]);
        struct stat status;
        bool fits = needed > 0 && (size_t)needed < sizeof candidate;
        if (fits && stat(candidate, &status) == 0 && !S_ISDIR(status.st_mode)) {
            (void)execve(candidate, argv, env);
            if (errno != EACCES) return explain(candidate, errno, failure);
            // Continue: the user may be allowed to execute a later match.
            error = EACCES;
            if (refused[0] == '\0') memcpy(refused, candidate, (size_t)needed + 1);
        }
        path += length;
        if (*path++ == '\0') break;
    }
    explain(error == EACCES ? refused : argv[0], error, failure);
    if (error == ENOENT) (void)fail(failure, "not-found", "exec: \"%s\": executable file not found in $PATH", argv[0]);
}

void program_execute(char *const *argv, char *const *env, struct failure *failure) {
    if (argv[0][0] == '\0') {
        (void)fail(failure, "not-found", "the program name is empty");
    } else if (strchr(argv[0], '/')) {
        (void)execve(argv[0], argv, env);
        explain(argv[0], errno, failure);
    } else {
        const char *path = program_variable(env, "PATH");
        search(path ? path : DEFAULT_PATH, argv, env, failure);
    }
}
