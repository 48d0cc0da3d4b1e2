import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Home } from "../../../host/home.js";
import { isUsable } from "../../../host/read.js";

/** What the checks look at. */
export interface Host {
  /** Where its /proc, /etc, /dev and /usr are: `/` but in tests. */
  root: string;
  uid: number;
  user: string;
  /** Folders in which programs are looked for. */
  searchPath: readonly string[];
  arch: string;
  os: string;
}

/** mke2fs and its like are there, whether or not an ordinary user's PATH has it. */
const OF_ROOT = ["/usr/sbin", "/sbin"];

export function hostOf(home: Home): Host {
  const uid = process.geteuid?.() ?? 0;
  const path = (home.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return {
    root: "/",
    uid,
    user: nameOf(uid),
    searchPath: [...path, ...OF_ROOT],
    arch: process.arch,
    os: process.platform,
  };
}

function nameOf(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // A user that no database knows, as in containers.
    return String(uid);
  }
}

/** The text of a file of the host's; empty where there is none. */
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

/** The first version number that a program prints; undefined where it says none or cannot run. */
export async function versionOf(program: string, ...words: string[]): Promise<string | undefined> {
  const { stdout, stderr } = await promisify(execFile)(program, words, { timeout: 10_000 }).catch(() => ({
    stdout: "",
    stderr: "",
  }));
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0];
}

/** Whether a version such as 7.2.22 is at least another. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number));
  for (const [place, number] of (want ?? []).entries()) {
    const other = have?.[place] ?? 0;
    if (other !== number) return other > number;
  }
  return true;
}
