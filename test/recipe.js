import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Lines that hold nothing but a comment of JavaScript, C or a shell, and blank lines. */
const COMMENT = /^\s*(\/\/|\/\*(?!.*\*\/\s*\S)|\*(?=[\s\/]|$)|#(?!!|define|include|if|endif)|$)/;

/**
 * Returns a hash that identifies what a build makes: it changes with the build's scripts, but not with their comments.
 *
 * @param {string[]} paths
 */
export function recipe(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const lines = readFileSync(path, "utf8").split("\n");
    hash.update(`${basename(path)}\n${lines.filter((line) => !COMMENT.test(line)).join("\n")}\n`);
  }
  return hash.digest("hex");
}
