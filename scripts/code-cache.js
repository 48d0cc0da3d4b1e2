// Writes dist/code/NAME.js.VERSION.cache for this version of Node: the code of the bundles that V8 has compiled after a
// few commands. They run in a temporary home, without output. A directory other than dist can be given: a package that
// includes a Node needs a cache from that Node.
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const DIST = resolve(process.argv[2] ?? join(import.meta.dirname, "..", "dist"));
/** The most common commands, as far as they work without an image. */
const COMMANDS = [
  ["run", "--dry-run", "-i", "-v", "/:/src:ro", "-p", "0:80", "-e", "A=b", "busybox", "true"],
  ["ps", "-a"],
  ["exec", "nosuch", "true"],
  ["start", "nosuch"],
  ["logs", "nosuch"],
  ["rm", "-f", "nosuch"],
  ["images"],
  // Nothing listens on this port.
  ["pull", "127.0.0.1:1/nosuch"],
];

/**
 * Runs dist/code/NAME in the way of scripts/cached.cjs.
 * @template Exports
 * @param {string} name
 * @param {Exports} exports what it fills
 */
function load(name, exports) {
  const file = join(DIST, "code", name);
  const script = new Script(readFileSync(file, "latin1"), { filename: name });
  const module = { exports };
  const entry = join(DIST, name);
  const run = /** @type {(...names: unknown[]) => void} */ (script.runInThisContext());
  run(module.exports, createRequire(entry), module, pathToFileURL(entry).href);
  return {
    exports: module.exports,
    writeCache: () => writeFileSync(`${file}.${process.version}.cache`, script.createCachedData()),
  };
}

/**
 * Adds an image to a store with just the parts that a pull reads to find that the image is up to date.
 * @param {string} home
 */
async function makeCurrent(home) {
  const hex = "0".repeat(64);
  const digest = `sha256:${hex}`;
  const registry = createServer((_request, response) => {
    response.writeHead(200, { "docker-content-digest": digest }).end();
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (registry.address());
  const host = `127.0.0.1:${address.port}`;
  const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
  const record = { id: digest, platform, config: {}, root: home, files: [] };
  for (const [path, content] of /** @type {const} */ ([
    [`tags/${host}+current/latest`, { reference: `${host}/current:latest`, target: digest, image: digest }],
    [`images/${hex}/image.json`, record],
  ])) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), JSON.stringify(content));
  }
  return { registry, reference: `${host}/current` };
}

/** Uses the library as far as possible without an image. */
async function useLibrary() {
  const { Box } = library.exports;
  const refused = () => undefined;
  await Box.create({ image: "nosuch", pull: "never" }).catch(refused);
  await Box.get("nosuch").catch(refused);
  await Box.list();
}

const home = mkdtempSync(join(tmpdir(), "box-build-"));
process.env["BOX_HOME"] = home;
process.env["BOX_RUNTIME"] = join(home, "run");
for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"])
  Reflect.deleteProperty(process.env, name);
const program = load("program.js", /** @type {typeof import("../src/cli/program.js")} */ ({}));
const pullCurrent = load("pull-current.js", /** @type {typeof import("../src/cli/pull-current.js")} */ ({}));
const library = load("index.js", /** @type {typeof import("../src/index.js")} */ ({}));
const streams = [process.stdout, process.stderr];
for (const stream of streams) stream.write = () => true;
try {
  for (const words of COMMANDS) await program.exports.runProgram(words);
  const { registry, reference } = await makeCurrent(home);
  const code = await pullCurrent.exports.pullCurrent([reference]);
  registry.close();
  await useLibrary();
  if (code !== 0) throw new Error(`the pull of an up-to-date image returned ${code}`);
} finally {
  // This restores the method of the class.
  for (const stream of streams) Reflect.deleteProperty(stream, "write");
  rmSync(home, { recursive: true });
}
program.writeCache();
pullCurrent.writeCache();
library.writeCache();
load("undici.js", {}).writeCache();
// Failed commands have set it.
process.exitCode = 0;
