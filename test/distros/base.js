// Functions that create the root directory of another Debian system.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "../judges.js";

/**
 * @param {string} program
 * @param {string[]} args
 */
export const ask = (program, ...args) =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 28 }).trim();

/** @param {string[]} command */
export function must(...command) {
  const [program = "", ...args] = command;
  const { status } = spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command.join(" ")} exited with code ${status}`);
}

/** The mirror from which this host gets its Debian packages. */
export function mirror() {
  const [found = "http://deb.debian.org/debian"] = ask(
    "apt-get",
    "indextargets",
    "--format",
    "$(REPO_URI) $(ORIGIN)",
  )
    .split("\n")
    .flatMap((line) => /^(\S+\/debian)\/? Debian$/.exec(line)?.[1] ?? []);
  return found;
}

/** Copies this host's settings for apt's network access and checks. @param {string} root */
export function configureApt(root) {
  const options = ask("apt-config", "dump").split("\n");
  const taken = options.filter((line) => /^Acquire::(Check|http|https|Retries|ForceIPv)/.test(line));
  writeFileSync(join(root, "etc", "apt", "apt.conf.d", "90host"), `${taken.join("\n")}\n`);
}
