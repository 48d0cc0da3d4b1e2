import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
export const BUILD = join(ROOT, "build", "tree");
const SOURCES = ["list-tree.c", "sha256.c", "sha256.h"].map((name) => join(import.meta.dirname, name));

/** Compiles list-tree, once for each version of its source. @returns its path */
export async function buildLister(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) hash.update(readFileSync(source));
  const program = join(BUILD, `list-tree-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(program)) return program;
  await mkdir(BUILD, { recursive: true });
  const flags = [
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wconversion",
    "-D_GNU_SOURCE",
    "-static",
  ];
  const made = `${program}.${process.pid}`;
  await run("musl-gcc", [...flags, "-o", made, ...SOURCES.filter((source) => source.endsWith(".c"))]);
  await rename(made, program);
  return program;
}

/** The output lines of list-tree for a directory of this host. */
export async function listFolder(folder: string): Promise<string[]> {
  const { stdout } = await run(await buildLister(), [folder], { maxBuffer: 2 ** 30, encoding: "latin1" });
  return stdout.trimEnd().split("\n");
}

const MTIME = 4;
const INODE = 8;

/**
 * Makes listings of two file systems comparable: replaces an inode number by the first path that has it.
 * @param inventedAfter times from this moment on (seconds since 1970) were set by the unpacker during its work and are
 * replaced by `*`
 */
export function normalise(lines: readonly string[], inventedAfter = Infinity): string[] {
  const first = new Map<string, string>();
  return lines.map((line) => {
    const fields = line.split(" ");
    const inode = fields[INODE] ?? "";
    const path = fields.at(-1) ?? "";
    const original = first.get(inode) ?? path;
    first.set(inode, original);
    fields[INODE] = original;
    if (Number(fields[MTIME]) >= inventedAfter) fields[MTIME] = "*";
    return fields.join(" ");
  });
}

/**
 * Lines that differ, `-` expected and `+` found, at most 20; `*` as a time matches any. Empty if all lines are equal.
 */
export function differences(expected: readonly string[], found: readonly string[]): string[] {
  const wanted = new Map(expected.map((line) => [pathOf(line), line]));
  const result: string[] = [];
  for (const line of found) {
    const other = wanted.get(pathOf(line));
    wanted.delete(pathOf(line));
    if (other === undefined) result.push(`+ ${line}`);
    else if (other !== withTimeOf(line, other)) result.push(`- ${other}`, `+ ${line}`);
  }
  return [...result, ...[...wanted.values()].map((line) => `- ${line}`)].slice(0, 20);
}

function pathOf(line: string): string {
  return line.slice(line.lastIndexOf(" ") + 1);
}

function withTimeOf(line: string, other: string): string {
  const fields = line.split(" ");
  if (other.split(" ")[MTIME] === "*") fields[MTIME] = "*";
  return fields.join(" ");
}
