import { isAbsolute, normalize } from "node:path";
import { BoxError } from "../errors.js";
import { parseSize } from "./size.js";

export interface Tmpfs {
  path: string;
  /** Options for mount(2), `size` in bytes. */
  options: string;
}

const FLAGS = new Set(["rw", "ro", "noexec", "exec", "nosuid", "suid", "nodev", "dev", "noatime", "atime"]);

function checkOption(option: string, text: string): string {
  const [key = "", value] = option.split("=", 2);
  if (key === "size" && value !== undefined) {
    return /^\d{1,3}%$/.test(value) ? option : `size=${parseSize(value, "--tmpfs")}`;
  }
  if (key === "mode" && value !== undefined && /^[0-7]{3,4}$/.test(value)) return option;
  if ((key === "uid" || key === "gid" || key === "nr_inodes") && /^\d{1,10}$/.test(value ?? ""))
    return option;
  if (value === undefined && FLAGS.has(key)) return option;
  throw new BoxError(
    "invalid-tmpfs",
    `--tmpfs: "${text}" has an option that tmpfs does not take: "${option}"`,
    {
      hint: "size=, mode=, uid=, gid=, nr_inodes=, ro, noexec, nosuid, nodev and their opposites are known",
    },
  );
}

/**
 * Parses `--tmpfs PATH[:OPTION,…]`. As Docker does, noexec, nosuid and nodev hold unless the options say otherwise.
 * @throws BoxError invalid-tmpfs, invalid-size
 */
export function parseTmpfs(text: string): Tmpfs {
  const colon = text.indexOf(":");
  const path = colon < 0 ? text : text.slice(0, colon);
  if (!isAbsolute(path) || text.includes("\0") || normalize(path) === "/") {
    throw new BoxError("invalid-tmpfs", `--tmpfs: "${path}" is not an absolute path below /`, {
      hint: "write PATH[:OPTIONS], such as /run:size=64m,mode=1777",
    });
  }
  const given = colon < 0 ? [] : text.slice(colon + 1).split(",");
  const options = given.filter((option) => option !== "").map((option) => checkOption(option, text));
  return { path: normalize(path), options: ["noexec", "nosuid", "nodev", ...options].join(",") };
}
