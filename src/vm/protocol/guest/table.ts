/**
 * The constants of docs/protocol.md. TypeScript imports them from here; `npm run protocol` writes them for C, to
 * native/common/guest-protocol.h.
 */

export const PROTOCOL_VERSION = 1;

export const HEADER_BYTES = 8;
export const MAX_PAYLOAD = 65_536;
export const MAX_CHANNEL = 1_023;
/** Bytes of a message made of records, which may span several frames. */
export const MAX_MESSAGE = 8_388_608;
/** Random bytes of a WAKE, before the time. */
export const WAKE_RANDOM = 32;
/** Bytes of each stream of a session that may be in flight before the peer grants more. */
export const STREAM_WINDOW = 262_144;
/** Frame flag: the message continues in the next frame of the same type and channel. */
export const FRAME_MORE = 0x01;
/** Frame flag: the frame is to or from the agent of the sidecar. */
export const FRAME_FOR_SIDECAR = 0x02;

/** Sender and channels of each frame type: channel 0 belongs to the box, the others to sessions. */
export const FRAMES = {
  HELLO: { type: 0x01, from: "guest", channel: "0" },
  CONFIGURE: { type: 0x02, from: "host", channel: "0" },
  CONFIGURED: { type: 0x03, from: "guest", channel: "0" },
  START: { type: 0x04, from: "host", channel: "n" },
  STARTED: { type: 0x05, from: "guest", channel: "n" },
  ERROR: { type: 0x06, from: "guest", channel: "0 or n" },
  STDIN: { type: 0x10, from: "host", channel: "n" },
  STDOUT: { type: 0x11, from: "guest", channel: "n" },
  STDERR: { type: 0x12, from: "guest", channel: "n" },
  WINDOW: { type: 0x13, from: "both", channel: "n" },
  SIGNAL: { type: 0x14, from: "host", channel: "n" },
  EXIT: { type: 0x15, from: "guest", channel: "n" },
  SHUTDOWN: { type: 0x16, from: "host", channel: "0" },
  RESIZE: { type: 0x17, from: "host", channel: "n" },
  WAKE: { type: 0x18, from: "host", channel: "0" },
  PING: { type: 0x1a, from: "host", channel: "0" },
  PONG: { type: 0x1b, from: "guest", channel: "0" },
  REHEARSE: { type: 0x1c, from: "host", channel: "0" },
  SIDECAR: { type: 0x1d, from: "both", channel: "0" },
} as const;

/** Records of HELLO. */
export const HelloTag = { VERSION: 1 } as const;

/** Records of ERROR. */
export const ErrorTag = { CODE: 1, MESSAGE: 2 } as const;

/** Records of CONFIGURE. */
export const ConfigureTag = {
  HOSTNAME: 1,
  HOSTS: 2,
  RESOLV_CONF: 3,
  TMPFS: 4,
  VOLUME: 5,
  NETWORK: 6,
  READ_ONLY: 7,
  SHM_SIZE: 8,
  CLOCK: 9,
  SYSCTL: 10,
  PIDS_LIMIT: 11,
  OPEN_PATHS: 12,
  PRIVILEGED: 13,
  DEVICE: 14,
  PERSISTENT: 15,
  NAMESERVER: 16,
  CPU_LIMIT: 17,
  NETWORK_SERVER: 18,
} as const;

/** Records of START. */
export const StartTag = {
  ARGV: 1,
  ENV: 2,
  CWD: 3,
  USER: 4,
  FLAGS: 5,
  GROUP: 6,
  RLIMIT: 7,
  CAPABILITIES: 8,
  SECCOMP: 9,
  ARCHIVE: 10,
  TERMINAL: 11,
  COPY: 12,
  TASK: 13,
  FILE: 14,
  OOM_SCORE_ADJ: 15,
  DIAL: 16,
} as const;

/** Bits of FLAGS. */
export const StartFlag = { STDIN: 1, MAIN: 2, NO_NEW_PRIVS: 4, FIRST: 8 } as const;

/** Bits of VOLUME. */
export const VolumeFlag = { READ_ONLY: 1, FILE: 2, POPULATE: 4 } as const;

/** Bits of DEVICE. */
export const DeviceAccess = { READ: 1, WRITE: 2 } as const;

/** ARCHIVE: the tar that an agent session writes. */
export const ArchiveKind = { ROOT: 1, CHANGES: 2, STILL_CHANGES: 3 } as const;

/** COPY: what an agent session does with files. */
export const CopyKind = { READ: 1, WRITE: 2, LOOK: 3 } as const;
export const CopyFlag = { FOLLOW: 1, KEEP_OWNERS: 2 } as const;
/** Exit code of a COPY session if nothing exists at the path. */
export const NO_SUCH_PATH = 2;

/** DIAL: what an agent session does with a port of the loopback interface. */
export const DialKind = { CONNECT: 1, AWAIT: 2 } as const;

/** FILE: what an agent session does with one file or directory. */
export const FileKind = {
  STAT: 1,
  LIST: 2,
  MKDIR: 3,
  REMOVE: 4,
  RENAME: 5,
  READ: 6,
  WRITE: 7,
  WATCH: 8,
} as const;
export const FileFlag = { FOLLOW: 1, PARENTS: 2, RECURSIVE: 4, APPEND: 8, MODE: 16 } as const;
/** Exit codes of FILE sessions. */
export const FileExit = {
  FAILED: 1,
  NO_SUCH_PATH: 2,
  NOT_A_DIRECTORY: 3,
  IS_A_DIRECTORY: 4,
  EXISTS: 5,
  NOT_EMPTY: 6,
  PERMISSION: 7,
  READ_ONLY: 8,
  NO_SPACE: 9,
  TOO_MANY_LINKS: 10,
  NOT_A_FILE: 11,
  BUSY: 12,
  OTHER_FILE_SYSTEM: 13,
  NAME_TOO_LONG: 14,
  TOO_MANY_WATCHES: 15,
} as const;
/** Type of an entry in the output of STAT and LIST. */
export const EntryType = { FILE: 1, DIRECTORY: 2, SYMLINK: 3, OTHER: 4 } as const;
/** Type of an event in the output of WATCH. READY: from then on, no event is missed. */
export const EventType = { READY: 1, CREATE: 2, MODIFY: 3, DELETE: 4, RENAME: 5, OVERFLOW: 6 } as const;
/** Bytes of an event before its paths. */
export const EVENT_HEADER = 5;
/** Bytes of an entry before its name. */
export const ENTRY_HEADER = 35;
/** Maximum length in bytes of a path or a link's target. */
export const MAX_PATH = 4_095;
/** Maximum length in bytes of a chunk of a file that is written. */
export const MAX_CHUNK = 1_048_576;

/** TASK: what is done with all programs of the box. */
export const TaskKind = { FREEZE: 1, THAW: 2, PROCESSES: 3, USAGE: 4, LIMIT: 5, NETWORK: 6 } as const;
/** The resource that LIMIT limits. */
export const LimitResource = { PIDS: 1, CPU: 2 } as const;
/** Actions of NETWORK on an address. */
export const NetworkAction = { ADD: 1, REMOVE: 2 } as const;

/** EXIT: how a program ended. */
export const ExitKind = { EXITED: 0, KILLED: 1 } as const;
export const ExitFlag = { OOM_KILLED: 1 } as const;
