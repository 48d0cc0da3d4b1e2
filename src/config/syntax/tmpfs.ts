import { BoxError } from "../../errors.js";
import { parseMountPoint } from "./box-path.js";
import { quote } from "./quote.js";
import { parseSize } from "./size.js";

export interface Tmpfs {
  kind: "tmpfs";
  /** Absolute path in the box, normalized. */
  target: string;
  /** The given options, with `size` in bytes. */
  options: string[];
}

const FLAGS = new Set(["rw", "ro", "noexec", "exec", "nosuid", "suid", "nodev", "dev", "noatime", "atime"]);

function checkOption(option: string, text: string): string {
  const [key = "", value] = option.split("=", 2);
  if (key === "size" && value !== undefined) {
    return /^\d{1,3}%$/.test(value) ? option : `size=${parseSize(value)}`;
  }
  if (key === "mode" && value !== undefined && /^[0-7]{3,4}$/.test(value)) return option;
  if ((key === "uid" || key === "gid" || key === "nr_inodes") && /^\d{1,10}$/.test(value ?? ""))
    return option;
  if (value === undefined && FLAGS.has(key)) return option;
  throw new BoxError("invalid-tmpfs", `${quote(text)} has an invalid tmpfs option ${quote(option)}`, {
    hint: "options are size=, mode=, uid=, gid=, nr_inodes=, ro, noexec, nosuid, nodev, noatime and their opposites",
  });
}

/**
 * Parses `PATH[:OPTION,…]`.
 * @throws BoxError invalid-tmpfs, invalid-size
 */
export function parseTmpfs(text: string): Tmpfs {
  const colon = text.indexOf(":");
  const path = colon < 0 ? text : text.slice(0, colon);
  const refuse = (reason: string) =>
    new BoxError("invalid-tmpfs", `${quote(text)} ${reason}`, {
      hint: "write PATH[:OPTIONS], such as /run:size=64m,mode=1777",
    });
  if (text.includes("\0")) throw refuse("contains a NUL byte");
  const target = parseMountPoint(path, refuse);
  const given = colon < 0 ? [] : text.slice(colon + 1).split(",");
  const options = given.filter((option) => option !== "").map((option) => checkOption(option, text));
  return { kind: "tmpfs", target, options };
}

/** The canonical notation; `parseTmpfs(formatTmpfs(t))` gives `t`. */
export function formatTmpfs({ target, options }: Tmpfs): string {
  return options.length > 0 ? `${target}:${options.join(",")}` : target;
}

/** Options for mount(2). As with Docker, noexec, nosuid and nodev are the default. */
export function tmpfsOptions({ options }: Tmpfs): string {
  return ["noexec", "nosuid", "nodev", ...options].join(",");
}
