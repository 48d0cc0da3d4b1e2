// Written by `npm run protocol` from src/vm/protocol/guest/table.ts.
#ifndef GUEST_PROTOCOL_H
#define GUEST_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ENTRY_HEADER = 35,
    EVENT_HEADER = 5,
    FRAME_FOR_SIDECAR = 2,
    FRAME_MORE = 1,
    HEADER_BYTES = 8,
    MAX_CHANNEL = 1023,
    MAX_CHUNK = 1048576,
    MAX_MESSAGE = 8388608,
    MAX_PATH = 4095,
    MAX_PAYLOAD = 65536,
    NO_SUCH_PATH = 2,
    PROTOCOL_VERSION = 1,
    STREAM_WINDOW = 262144,
    WAKE_RANDOM = 32,
};

enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_CONFIGURE = 0x02,
    FRAME_CONFIGURED = 0x03,
    FRAME_START = 0x04,
    FRAME_STARTED = 0x05,
    FRAME_ERROR = 0x06,
    FRAME_STDIN = 0x10,
    FRAME_STDOUT = 0x11,
    FRAME_STDERR = 0x12,
    FRAME_WINDOW = 0x13,
    FRAME_SIGNAL = 0x14,
    FRAME_EXIT = 0x15,
    FRAME_SHUTDOWN = 0x16,
    FRAME_RESIZE = 0x17,
    FRAME_WAKE = 0x18,
    FRAME_PING = 0x1a,
    FRAME_PONG = 0x1b,
    FRAME_REHEARSE = 0x1c,
    FRAME_SIDECAR = 0x1d,
};

// Whether the host may send a frame of this type on this channel.
static inline bool may_come_from_host(uint8_t type, uint16_t channel) {
    switch (type) {
    case FRAME_CONFIGURE:
    case FRAME_SHUTDOWN:
    case FRAME_WAKE:
    case FRAME_PING:
    case FRAME_REHEARSE:
    case FRAME_SIDECAR:
        return channel == 0;
    case FRAME_START:
    case FRAME_STDIN:
    case FRAME_WINDOW:
    case FRAME_SIGNAL:
    case FRAME_RESIZE:
        return channel != 0;
    default:
        return false;
    }
}

enum hello_tag {
    HELLO_VERSION = 1,
};

enum error_tag {
    ERROR_CODE = 1,
    ERROR_MESSAGE = 2,
};

enum configure_tag {
    CONFIGURE_HOSTNAME = 1,
    CONFIGURE_HOSTS = 2,
    CONFIGURE_RESOLV_CONF = 3,
    CONFIGURE_TMPFS = 4,
    CONFIGURE_VOLUME = 5,
    CONFIGURE_NETWORK = 6,
    CONFIGURE_READ_ONLY = 7,
    CONFIGURE_SHM_SIZE = 8,
    CONFIGURE_CLOCK = 9,
    CONFIGURE_SYSCTL = 10,
    CONFIGURE_PIDS_LIMIT = 11,
    CONFIGURE_OPEN_PATHS = 12,
    CONFIGURE_PRIVILEGED = 13,
    CONFIGURE_DEVICE = 14,
    CONFIGURE_PERSISTENT = 15,
    CONFIGURE_NAMESERVER = 16,
    CONFIGURE_CPU_LIMIT = 17,
    CONFIGURE_NETWORK_SERVER = 18,
};

enum start_tag {
    START_ARGV = 1,
    START_ENV = 2,
    START_CWD = 3,
    START_USER = 4,
    START_FLAGS = 5,
    START_GROUP = 6,
    START_RLIMIT = 7,
    START_CAPABILITIES = 8,
    START_SECCOMP = 9,
    START_ARCHIVE = 10,
    START_TERMINAL = 11,
    START_COPY = 12,
    START_TASK = 13,
    START_FILE = 14,
    START_OOM_SCORE_ADJ = 15,
    START_DIAL = 16,
};

enum start_flag {
    FLAG_STDIN = 1,
    FLAG_MAIN = 2,
    FLAG_NO_NEW_PRIVS = 4,
    FLAG_FIRST = 8,
    FLAG_ALL = 15,
};

enum volume_flag {
    VOLUME_READ_ONLY = 1,
    VOLUME_FILE = 2,
    VOLUME_POPULATE = 4,
    VOLUME_ALL = 7,
};

enum device_access {
    DEVICE_READ = 1,
    DEVICE_WRITE = 2,
    DEVICE_ALL = 3,
};

enum archive_kind {
    ARCHIVE_NONE = 0,
    ARCHIVE_ROOT = 1,
    ARCHIVE_CHANGES = 2,
    ARCHIVE_STILL_CHANGES = 3,
};

enum copy_kind {
    COPY_NONE = 0,
    COPY_READ = 1,
    COPY_WRITE = 2,
    COPY_LOOK = 3,
};

enum copy_flag {
    COPY_FLAG_FOLLOW = 1,
    COPY_FLAG_KEEP_OWNERS = 2,
    COPY_FLAG_ALL = 3,
};

enum dial_kind {
    DIAL_NONE = 0,
    DIAL_CONNECT = 1,
    DIAL_AWAIT = 2,
};

enum file_kind {
    FILE_NONE = 0,
    FILE_STAT = 1,
    FILE_LIST = 2,
    FILE_MKDIR = 3,
    FILE_REMOVE = 4,
    FILE_RENAME = 5,
    FILE_READ = 6,
    FILE_WRITE = 7,
    FILE_WATCH = 8,
};

enum file_flag {
    FILE_FLAG_FOLLOW = 1,
    FILE_FLAG_PARENTS = 2,
    FILE_FLAG_RECURSIVE = 4,
    FILE_FLAG_APPEND = 8,
    FILE_FLAG_MODE = 16,
    FILE_FLAG_ALL = 31,
};

enum file_exit {
    FILE_EXIT_FAILED = 1,
    FILE_EXIT_NO_SUCH_PATH = 2,
    FILE_EXIT_NOT_A_DIRECTORY = 3,
    FILE_EXIT_IS_A_DIRECTORY = 4,
    FILE_EXIT_EXISTS = 5,
    FILE_EXIT_NOT_EMPTY = 6,
    FILE_EXIT_PERMISSION = 7,
    FILE_EXIT_READ_ONLY = 8,
    FILE_EXIT_NO_SPACE = 9,
    FILE_EXIT_TOO_MANY_LINKS = 10,
    FILE_EXIT_NOT_A_FILE = 11,
    FILE_EXIT_BUSY = 12,
    FILE_EXIT_OTHER_FILE_SYSTEM = 13,
    FILE_EXIT_NAME_TOO_LONG = 14,
    FILE_EXIT_TOO_MANY_WATCHES = 15,
};

enum event_type {
    EVENT_READY = 1,
    EVENT_CREATE = 2,
    EVENT_MODIFY = 3,
    EVENT_DELETE = 4,
    EVENT_RENAME = 5,
    EVENT_OVERFLOW = 6,
};

enum entry_type {
    ENTRY_FILE = 1,
    ENTRY_DIRECTORY = 2,
    ENTRY_SYMLINK = 3,
    ENTRY_OTHER = 4,
};

enum task_kind {
    TASK_NONE = 0,
    TASK_FREEZE = 1,
    TASK_THAW = 2,
    TASK_PROCESSES = 3,
    TASK_USAGE = 4,
    TASK_LIMIT = 5,
    TASK_NETWORK = 6,
};

enum limit_resource {
    LIMIT_PIDS = 1,
    LIMIT_CPU = 2,
};

enum network_action {
    NETWORK_ADD = 1,
    NETWORK_REMOVE = 2,
};

enum exit_kind {
    EXIT_EXITED = 0,
    EXIT_KILLED = 1,
};

enum exit_flag {
    EXIT_FLAG_OOM_KILLED = 1,
    EXIT_FLAG_ALL = 1,
};

#endif
