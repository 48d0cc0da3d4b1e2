import { BoxError } from "../errors.js";
import { reasonOf } from "./reason.js";

/** System calls, as Node names them, in the words of who reads the message. */
const DEEDS: Partial<Record<string, string>> = {
  access: "use",
  bind: "listen at",
  chdir: "enter",
  chmod: "change the permissions of",
  chown: "change the owner of",
  connect: "connect to",
  copyfile: "copy",
  fchmod: "change the permissions of",
  fsync: "write",
  ftruncate: "write",
  link: "link",
  listen: "listen at",
  lstat: "look at",
  mkdir: "make",
  mkdtemp: "make",
  open: "open",
  opendir: "read",
  read: "read",
  readlink: "read",
  realpath: "look at",
  rename: "move",
  rm: "remove",
  rmdir: "remove",
  scandir: "read",
  spawn: "run",
  stat: "look at",
  statfs: "look at",
  symlink: "make a link",
  unlink: "remove",
  utime: "change the time of",
  write: "write",
};

function textOf(error: Error, ...keys: string[]): string | undefined {
  return keys.map((key): unknown => Reflect.get(error, key)).find((value) => typeof value === "string");
}

/** What is reached by a folder that is held has no other name left; the rest of its path is what the user knows. */
const withoutHeld = (path: string) => path.replace(/^\/proc\/self\/fd\/\d+\/(?=.)/, "");

/** Makes of a system error that nobody has explained one for people: what was done to what, and why not; passes others on. */
export function explainSystemFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BoxError) return error;
  const [syscall, code] = [textOf(error, "syscall"), textOf(error, "code")];
  if (syscall === undefined || !/^E[A-Z0-9]+$/.test(code ?? "")) return error;
  if (syscall === "uv_cwd")
    return new BoxError("system", "the working folder has been removed", {
      hint: "go to a folder that is there",
      cause: error,
    });
  const [name = "", program] = syscall.split(" ");
  const target = textOf(error, "path", "address", "hostname") ?? program;
  const deed = DEEDS[name] ?? `${name} of`;
  const dest = textOf(error, "dest");
  const what = target === undefined ? "" : ` ${withoutHeld(target)}`;
  const where = dest === undefined ? "" : ` to ${withoutHeld(dest)}`;
  return new BoxError("system", `cannot ${deed}${what}${where}: ${reasonOf(error)}`, { cause: error });
}
