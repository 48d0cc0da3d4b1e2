#include "file.h"

#include <errno.h>
#include <unistd.h>

#include "file_change.h"
#include "file_content.h"
#include "file_entries.h"
#include "file_failure.h"
#include "file_watch.h"

enum { NEW_FOLDER_MODE = 0755 };

static void run(const struct file_request *request, int root) {
    const char *path = request->path;
    uint8_t flags = request->flags;
    switch (request->kind) {
    case FILE_STAT:
        return entries_stat(root, path, (flags & FILE_FLAG_FOLLOW) != 0);
    case FILE_LIST:
        return entries_list(root, path);
    case FILE_MKDIR:
        return change_mkdir(root, path, (flags & FILE_FLAG_PARENTS) != 0,
                            flags & FILE_FLAG_MODE ? request->mode : NEW_FOLDER_MODE);
    case FILE_REMOVE:
        return change_remove(root, path, (flags & FILE_FLAG_RECURSIVE) != 0);
    case FILE_RENAME:
        return change_rename(root, path, request->to);
    case FILE_READ:
        return content_read(root, request);
    case FILE_WRITE:
        return content_write(root, request);
    case FILE_WATCH:
        return watch_files(root, path, (flags & FILE_FLAG_RECURSIVE) != 0);
    default:
        file_give_up(NULL, ENOSYS);
    }
}

void file_run(const struct file_request *request, int root) {
    run(request, root);
    _exit(0);
}
