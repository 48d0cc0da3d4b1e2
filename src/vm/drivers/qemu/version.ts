import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { identityOf } from "../../../host/file-identity.js";
import { writeFileUnsynced } from "../../../host/files.js";

/** Returns undefined if it cannot be run. */
async function ask(program: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(program, ["--version"]).catch(() => ({ stdout: "" }));
  return /\d+(\.\d+)+/.exec(stdout)?.[0];
}

/**
 * Returns QEMU's version, which is asked only once: that takes as long as QEMU's own part of a start from a template.
 * @param note file for the identity of the QEMU that was asked last, and its version
 * @returns "0" if it cannot be run
 */
export async function versionOf(program: string, note: string): Promise<string> {
  const asked = `${await identityOf(program)} ${program}`;
  const [noted, known] = (await readFile(note, "utf8").catch(() => "")).split("\n");
  if (noted === asked && known) return known;
  const version = await ask(program);
  if (version === undefined) return "0";
  // Without the note, for example on a full disk, the next start asks again.
  await writeFileUnsynced(note, `${asked}\n${version}\n`).catch(() => undefined);
  return version;
}
