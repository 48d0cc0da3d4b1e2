/**
 * The library: run boxes from your own program. The engine beneath it is exported too.
 * @packageDocumentation
 */
export { BoxError, type BoxErrorOptions, type ErrorDetail } from "./errors.js";
export type {
  Boxes,
  Engine,
  EngineOptions,
  Images,
  InspectedBox,
  Networks,
  PullEvent,
  System,
  TerminalSize,
  Volumes,
} from "./engine/engine.js";
export { openEngine } from "./library/door.js";
export { Box, type CommitOptions, type RemoveOptions, type StopOptions } from "./library/box.js";
export type { CreateOptions } from "./library/request.js";
export type { Encoding, Text } from "./library/encoding.js";
export type { Exec, ExecOptions, ExecResult, ExecStdin, Output } from "./library/exec.js";
export type {
  Content,
  FileEntry,
  FileEvent,
  Files,
  MkdirOptions,
  RemoveFileOptions,
  SignalOptions,
  TransferOptions,
  WatchOptions,
  WriteOptions,
} from "./library/files.js";
export type { LogPiece, Logs, LogsOptions } from "./library/logs.js";
export type { HostPort } from "./library/ports.js";
export type { Stats, StatsSample } from "./library/stats.js";
export type { Condition, HttpCondition, WaitForOptions } from "./library/wait-for.js";
