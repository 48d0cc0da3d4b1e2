/**
 * The constants of plans (docs/architecture.md). TypeScript imports them from here; `npm run protocol` writes them for C, to
 * native/common/plan-format.h.
 */

/** Raised when the format changes, or what the client does with a plan: it ignores plans of other versions. */
export const PLAN_VERSION = 3;

/** Begins a hole in a text. JSON escapes this character, and texts that contain it are not planned. */
export const HOLE_MARK = 1;

/** The first character of a field; its text and a NUL follow. */
export const Field = {
  key: "K".charCodeAt(0),
  home: "H".charCodeAt(0),
  runtime: "S".charCodeAt(0),
  qualities: "Q".charCodeAt(0),
  things: "T".charCodeAt(0),
  record: "B".charCodeAt(0),
  request: "R".charCodeAt(0),
  event: "E".charCodeAt(0),
  layer: "U".charCodeAt(0),
  used: "I".charCodeAt(0),
  removal: "L".charCodeAt(0),
  lease: "h".charCodeAt(0),
  word: "w".charCodeAt(0),
  /** Instead of words: the pool that the VM is taken from, and the request to its keeper. */
  pool: "P".charCodeAt(0),
  ask: "A".charCodeAt(0),
  witness: "f".charCodeAt(0),
  /** Begins a way to start: the request, words and witnesses that follow are its own. The first one that is possible is taken. */
  way: "Y".charCodeAt(0),
} as const;

/** The kinds of holes, by the value for a new box. */
export const Hole = {
  id: "I".charCodeAt(0),
  short: "S".charCodeAt(0),
  name: "N".charCodeAt(0),
  time: "T".charCodeAt(0),
  process: "P".charCodeAt(0),
  /** The words after the image, as JSON strings separated by commas. */
  command: "C".charCodeAt(0),
  /** The value of a variable, escaped as in JSON; its number follows as a character from `0` on. */
  value: "V".charCodeAt(0),
  record: "R".charCodeAt(0),
  /** The length of the launch request. */
  length: "L".charCodeAt(0),
} as const;

/** Kinds of witnesses: what of a path has to be as before. */
export const Witness = {
  absent: "a".charCodeAt(0),
  content: "c".charCodeAt(0),
  /** Device, inode, size and times. */
  file: "f".charCodeAt(0),
  size: "s".charCodeAt(0),
  /** Device, inode, mode and user. */
  owner: "o".charCodeAt(0),
  /** Whether it can be opened. */
  device: "d".charCodeAt(0),
  /** Not of a path: whether this host has IPv6. */
  ipv6: "6".charCodeAt(0),
  /** Whether a file exists and has been written within this time, in milliseconds; and the opposite. */
  recent: "r".charCodeAt(0),
  stale: "t".charCodeAt(0),
  /** A file without content, or none. */
  empty: "e".charCodeAt(0),
} as const;
