import { errnoOf } from "../errors.js";

/** Descriptions by errno. */
type Reasons = Partial<Record<string, string>>;

const REASONS: Reasons = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EEXIST: "already exists",
  ENOTEMPTY: "directory not empty",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "file name too long",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EIO: "input/output error",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
  EXDEV: "it is on another file system",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOMEM: "not enough memory",
  ENXIO: "no such device",
  ENODEV: "no such device",
  ENOEXEC: "not an executable for this host",
  ECONNREFUSED: "connection refused",
  EADDRINUSE: "address already in use",
};

/** Describes a system error. @param here what some errors mean where it occurred */
export function reasonOf(error: unknown, here: Reasons = {}): string {
  const errno = errnoOf(error);
  return errno === undefined ? String(error) : (here[errno] ?? REASONS[errno] ?? errno);
}
