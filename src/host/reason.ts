import { errnoOf } from "../errors.js";

const REASONS: Partial<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "there is a file in the way",
  EISDIR: "it is a folder",
  EEXIST: "it is there already",
  ENOTEMPTY: "the folder is not empty",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  EROFS: "the disk is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "your quota is used up",
  EIO: "the disk reports an error",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
  EXDEV: "it is on another disk",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOMEM: "there is not enough memory",
  ENOEXEC: "it is not a program for this host",
  ECONNREFUSED: "nobody listens there",
  EADDRINUSE: "the address is already in use",
};

/** Why the system refused something, in words. */
export function reasonOf(error: unknown): string {
  const errno = errnoOf(error);
  return errno === undefined ? String(error) : (REASONS[errno] ?? errno);
}
