// Extracts files from a pinned npm package, which npm fetches, after verifying its digest.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";

const BUILD = join(import.meta.dirname, "..", "build");

/** Without a network npm would be silent for more than a minute before it gives up. */
const PROMPT = ["--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-timeout=60000"];

/**
 * The sentence in npm's output that says why it failed; its first lines are names and numbers.
 * @param {string} output
 */
export function reasonOf(output) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /^npm (error|ERR!)/.test(line));
  const sentence = errors.find((line) => !/^npm \S+ (code|syscall|errno|path|dest) /.test(line));
  return sentence ?? errors[0] ?? lines[0] ?? "no reason given";
}

/**
 * @param {string} algorithm
 * @param {import("node:crypto").BinaryToTextEncoding} encoding
 * @param {string} path
 * @returns {Promise<string | undefined>} digest of a file; undefined if it does not exist
 */
export async function digest(algorithm, encoding, path) {
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest(encoding);
}

/**
 * @param {{ package: string, version: string, integrity: string }} pin
 * @param {string[]} paths of files in the package
 * @param {(folder: string) => Promise<void>} use gets the directory with the unpacked package, which is removed
 *   afterwards
 */
export async function withPackage({ package: name, version, integrity }, paths, use) {
  await mkdir(BUILD, { recursive: true });
  const folder = await mkdtemp(join(BUILD, "npm-"));
  const spec = `${name}@${version}`;
  try {
    const args = ["pack", spec, "--ignore-scripts", "--json", "--pack-destination", folder, ...PROMPT];
    const output = execFileSync("npm", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 2 ** 28,
    });
    // npm 10 returns a list of files, npm 11 an object by package.
    const [packed] = Object.values(/** @type {Record<string, { filename: string }>} */ (JSON.parse(output)));
    if (packed === undefined) throw new Error(`npm did not pack ${spec}`);
    const archive = join(folder, packed.filename.replace("@", "").replace("/", "-"));
    const found = `sha512-${await digest("sha512", "base64", archive)}`;
    if (found !== integrity) throw new Error(`${spec} does not have the pinned digest: ${found}`);
    await extract({ file: archive, cwd: folder }, paths);
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
