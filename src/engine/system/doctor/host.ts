import { constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import type { Home } from "../../../host/home.js";
import { isUsable } from "../../../host/read.js";
import { runProgram } from "./process.js";

/** The host under diagnosis. */
export interface Host {
  /** Directory with /proc, /etc, /dev and /usr: `/`, except in tests. */
  root: string;
  uid: number;
  user: string;
  /** Directories to search for programs. */
  searchPath: readonly string[];
  arch: string;
  os: string;
}

/** Directories of mke2fs and similar programs, which an ordinary user's PATH may lack. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/sbin"];

export function hostOf(home: Home): Host {
  const uid = process.geteuid?.() ?? 0;
  const path = (home.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return {
    root: "/",
    uid,
    user: nameOf(uid),
    searchPath: [...path, ...SYSTEM_DIRECTORIES],
    arch: process.arch,
    os: process.platform,
  };
}

function nameOf(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // The user has no entry in /etc/passwd, as in some containers.
    return String(uid);
  }
}

/** Reads a text file of the host; empty if it cannot be read. */
export const readOf = ({ root }: Host, path: string): Promise<string> =>
  readFile(join(root, path), "utf8").catch(() => "");

export async function firstUsable({ root }: Host, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isUsable(join(root, path))) return path;
  }
  return undefined;
}

export async function findProgram({ searchPath }: Host, name: string): Promise<string | undefined> {
  for (const folder of searchPath) {
    const path = join(folder, name);
    if (await isUsable(path, constants.X_OK)) return path;
  }
  return undefined;
}

const PROGRAM_LIMIT_MS = 10_000;

/** Returns what a program prints, whatever its exit code; empty if it cannot be run. */
export async function outputOf(program: string, ...args: string[]): Promise<string> {
  const none = { output: "", errors: "" };
  const { output, errors } = await runProgram(program, args, { limitMs: PROGRAM_LIMIT_MS }).catch(() => none);
  return output + errors;
}

/** Returns the first version number that a program prints; undefined without one, or if the program cannot be run. */
export async function versionOf(program: string, ...args: string[]): Promise<string | undefined> {
  return /\d+(\.\d+)+/.exec(await outputOf(program, ...args))?.[0];
}

/** Whether systemd runs this host, which it usually does not in a container. */
export const hasSystemd = ({ root }: Host): Promise<boolean> => isUsable(join(root, "run/systemd/system"));
