// Writes dist/code/*.js.cache: what V8 has compiled of the bundles when a few commands have run. They run in a home of
// their own and say nothing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const DIST = join(import.meta.dirname, "..", "dist");
/** Those that scripts and people run most, as far as they go without an image. */
const COMMANDS = [
  ["run", "--dry-run", "-it", "-v", "/:/src:ro", "-p", "80:80", "-e", "A=b", "busybox", "true"],
  ["ps", "-a"],
  ["exec", "nosuch", "true"],
  ["start", "nosuch"],
  ["logs", "nosuch"],
  ["rm", "-f", "nosuch"],
  ["images"],
  // Nothing listens there.
  ["pull", "127.0.0.1:1/nosuch"],
];

/**
 * Runs dist/code/NAME as scripts/cached.cjs does.
 * @param {string} name
 */
function load(name) {
  const filename = join(DIST, "code", name);
  const script = new Script(readFileSync(filename, "latin1"), { filename });
  const module = { exports: {} };
  const entry = join(DIST, name);
  script.runInThisContext()(module.exports, createRequire(entry), module, pathToFileURL(entry).href);
  return {
    exports: module.exports,
    writeCache: () => writeFileSync(`${filename}.cache`, script.createCachedData()),
  };
}

const home = mkdtempSync(join(tmpdir(), "box-build-"));
process.env["BOX_HOME"] = home;
process.env["BOX_RUNTIME"] = join(home, "run");
for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]) delete process.env[name];
const program = load("program.js");
const write = [process.stdout.write, process.stderr.write];
process.stdout.write = process.stderr.write = () => true;
try {
  for (const words of COMMANDS) await program.exports.runProgram(words);
} finally {
  [process.stdout.write, process.stderr.write] = write;
  rmSync(home, { recursive: true });
}
program.writeCache();
load("undici.js").writeCache();
// Commands that failed have set it.
process.exitCode = 0;
