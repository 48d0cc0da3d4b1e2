// Writes dist/code/program.js.cache: what V8 has compiled of the command line when a few commands have run. They run in
// a home of their own and say nothing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const DIST = join(import.meta.dirname, "..", "dist");
const CODE = join(DIST, "code", "program.js");
/** Those that scripts and people run most, as far as they go without an image. */
const COMMANDS = [
  ["run", "--dry-run", "-it", "-v", "/:/src:ro", "-p", "80:80", "-e", "A=b", "busybox", "true"],
  ["ps", "-a"],
  ["exec", "nosuch", "true"],
  ["start", "nosuch"],
  ["logs", "nosuch"],
  ["rm", "-f", "nosuch"],
  ["images"],
];

const home = mkdtempSync(join(tmpdir(), "box-build-"));
process.env["BOX_HOME"] = home;
process.env["BOX_RUNTIME"] = join(home, "run");
const script = new Script(readFileSync(CODE, "latin1"), { filename: CODE });
const program = { exports: {} };
const entry = join(DIST, "program.js");
script.runInThisContext()(program.exports, createRequire(entry), program, pathToFileURL(entry).href);
const write = [process.stdout.write, process.stderr.write];
process.stdout.write = process.stderr.write = () => true;
try {
  for (const words of COMMANDS) await program.exports.runProgram(words);
} finally {
  [process.stdout.write, process.stderr.write] = write;
  rmSync(home, { recursive: true });
}
writeFileSync(`${CODE}.cache`, script.createCachedData());
// Commands that failed have set it.
process.exitCode = 0;
