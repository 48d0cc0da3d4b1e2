import { BoxError } from "../errors.js";
import { reasonOf } from "./reason.js";

/** Descriptions of system calls, by Node's names for them. */
const ACTIONS: Partial<Record<string, string>> = {
  access: "access",
  bind: "listen on",
  chdir: "enter",
  chmod: "change the permissions of",
  chown: "change the owner of",
  connect: "connect to",
  copyfile: "copy",
  fchmod: "change the permissions of",
  fsync: "write",
  ftruncate: "write",
  link: "link",
  listen: "listen on",
  lstat: "access",
  mkdir: "create",
  mkdtemp: "create",
  open: "open",
  opendir: "read",
  read: "read",
  readlink: "read",
  realpath: "access",
  rename: "move",
  rm: "remove",
  rmdir: "remove",
  scandir: "read",
  spawn: "run",
  stat: "access",
  statfs: "access",
  symlink: "create a link",
  unlink: "remove",
  utime: "change the time of",
  write: "write",
};

function textOf(error: Error, ...keys: string[]): string | undefined {
  return keys.map((key): unknown => Reflect.get(error, key)).find((value) => typeof value === "string");
}

/** Removes the prefix of a path through a held directory: only the rest means something to the user. */
const withoutHeld = (path: string) => path.replace(/^\/proc\/self\/fd\/\d+\/(?=.)/, "");

/** Turns a system error that was not handled elsewhere into a readable one; returns other errors unchanged. */
export function explainSystemFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BoxError) return error;
  const [syscall, code] = [textOf(error, "syscall"), textOf(error, "code")];
  if (syscall === undefined || !/^E[A-Z0-9]+$/.test(code ?? "")) return error;
  if (syscall === "uv_cwd")
    return new BoxError("system", "the working directory has been removed", {
      hint: "change to an existing directory",
      cause: error,
    });
  const [name = "", program] = syscall.split(" ");
  const target = textOf(error, "path", "address", "hostname") ?? program;
  const action = ACTIONS[name] ?? `${name} of`;
  const dest = textOf(error, "dest");
  const what = target === undefined ? "" : ` ${withoutHeld(target)}`;
  const where = dest === undefined ? "" : ` to ${withoutHeld(dest)}`;
  return new BoxError("system", `cannot ${action}${what}${where}: ${reasonOf(error)}`, { cause: error });
}
