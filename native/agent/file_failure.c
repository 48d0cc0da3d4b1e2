#include "file_failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum file_exit exit_of(int error) {
    switch (error) {
    case ENOENT:
        return FILE_EXIT_NO_SUCH_PATH;
    case ENOTDIR:
        return FILE_EXIT_NOT_A_DIRECTORY;
    case EISDIR:
        return FILE_EXIT_IS_A_DIRECTORY;
    case EEXIST:
        return FILE_EXIT_EXISTS;
    case ENOTEMPTY:
        return FILE_EXIT_NOT_EMPTY;
    case EACCES:
    case EPERM:
        return FILE_EXIT_PERMISSION;
    case EROFS:
        return FILE_EXIT_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return FILE_EXIT_NO_SPACE;
    case ELOOP:
        return FILE_EXIT_TOO_MANY_LINKS;
    // Errors from opening pipes, sockets and devices without a driver.
    case ENXIO:
    case ENODEV:
    case ESPIPE:
        return FILE_EXIT_NOT_A_FILE;
    case EBUSY:
    case ETXTBSY:
        return FILE_EXIT_BUSY;
    case EXDEV:
        return FILE_EXIT_OTHER_FILE_SYSTEM;
    case ENAMETOOLONG:
        return FILE_EXIT_NAME_TOO_LONG;
    default:
        return FILE_EXIT_FAILED;
    }
}

static const char *words_of(int error) {
    switch (exit_of(error)) {
    case FILE_EXIT_NOT_A_FILE:
        return "Not a regular file";
    case FILE_EXIT_OTHER_FILE_SYSTEM:
        return "On another file system";
    default:
        return strerror(error);
    }
}

void file_give_up_as(enum file_exit code, const char *words) {
    (void)fprintf(stderr, "%s\n", words);
    _exit(code);
}

void file_give_up(const char *place, int error) {
    (void)fprintf(stderr, "%s%s%s\n", place ? place : "", place ? ": " : "", words_of(error));
    _exit(exit_of(error));
}
