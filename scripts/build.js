// Bundles the command line, the library and the monitor into dist/, as CommonJS: Node starts it faster than
// ES modules, and V8 can cache the compiled code. The command line is bundled in one file, in which code that a command
// does not use is neither evaluated nor compiled.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, chmod, copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLE } from "./bundle-options.js";
import { writeManPages } from "./man.js";
import { noticesOf } from "./notices.js";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
const CODE = join(DIST, "code");

/** The bundles need only these fields of package.json. */
const onlyVersion = {
  name: "only-version",
  /** @param {import("esbuild").PluginBuild} build */
  setup: (build) => {
    build.onLoad({ filter: /\/package\.json$/ }, async ({ path }) => {
      if (path !== join(ROOT, "package.json")) return undefined;
      const { version, engines } = /** @type {{ version: string, engines: object }} */ (
        JSON.parse(await readFile(path, "utf8"))
      );
      return { contents: JSON.stringify({ version, engines }), loader: "json" };
    });
  },
};

const common = /** @type {const} @satisfies {import("esbuild").BuildOptions} */ ({
  ...BUNDLE,
  format: "cjs",
  absWorkingDir: ROOT,
  outdir: DIST,
  minify: true,
  keepNames: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // Is transformed into require(): a script with a code cache cannot use import().
  supported: { "dynamic-import": false },
  // Replaces import.meta.url: files are found relative to dist/*.js.
  define: { "import.meta.url": "bundleUrl" },
  plugins: [onlyVersion],
});
const bundleUrl = 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;';

/** Packages that few commands need, bundled separately to keep the common bundle small. Without default exports. */
const SELDOM = {
  undici: "undici",
  yaml: "yaml",
  tar: "tar",
  execa: "execa",
  re2js: "re2js",
  zstddec: "zstddec/stream",
};

const alias = Object.fromEntries(Object.entries(SELDOM).map(([name, of]) => [of, `./${name}.js`]));
const external = Object.keys(SELDOM).map((name) => `./${name}.js`);

/** Commander imports this to start subcommands that are separate programs, which box does not have. */
const noSubprograms = {
  name: "no-subprograms",
  /** @param {import("esbuild").PluginBuild} build */
  setup: (build) => {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("/node_modules/commander/") ? { path: "empty", namespace: "empty" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "empty" }, () => ({ contents: "" }));
  },
};

/** Bundles that scripts/cached.cjs loads. */
const LOADED = ["program", "pull-current", "index", ...Object.keys(SELDOM)];
/** Those of them for which scripts/code-cache.js writes a code cache. */
const CACHED = new Set(["program", "pull-current", "index", "undici"]);
/** Lists the exports of index.js for ES modules: Node finds them by parsing the file, without running it. */
const EXPORTS = ["Box", "BoxError", "openEngine"];

/** @param {string} file */
const digestOf = async (file) =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
    .slice(0, 32);

/** Is added to bundles that scripts/cached.cjs loads. */
const cached = {
  outdir: CODE,
  banner: { js: "(function(exports,require,module,bundleUrl){" },
  footer: { js: "})" },
};

for (const file of await readdir(DIST)) if (/\.js(\.LEGAL\.txt)?$/.test(file)) await rm(join(DIST, file));
// A code cache must never be next to other code than it was created from: V8 compares only their lengths.
await rm(CODE, { recursive: true, force: true });
await mkdir(CODE);
await writeFile(join(DIST, "package.json"), '{ "type": "commonjs" }\n');
const results = await Promise.all([
  build({
    ...common,
    entryPoints: { box: "src/cli/main.ts" },
    // An older Node must be able to read it, to complain about its version.
    target: "node8",
    external: ["./program.js", "./pull-current.js"],
  }),
  build({
    ...common,
    ...cached,
    entryPoints: { index: "src/index.ts" },
    // Node prints the line of an uncaught error.
    minify: false,
    minifySyntax: true,
    alias,
    external,
  }),
  build({
    ...common,
    ...cached,
    entryPoints: { program: "src/cli/program.ts", "pull-current": "src/cli/pull-current.ts" },
    alias,
    external,
    plugins: [onlyVersion, noSubprograms],
  }),
  build({ ...common, ...cached, entryPoints: SELDOM }),
  build({
    ...common,
    entryPoints: { monitor: "src/vm/monitor/main.ts" },
    banner: { js: bundleUrl },
  }),
]);
const stub = await readFile(join(ROOT, "scripts", "cached.cjs"), "utf8");
for (const name of LOADED) {
  const digest = CACHED.has(name) ? await digestOf(join(CODE, `${name}.js`)) : "";
  await writeFile(join(DIST, `${name}.js`), stub.replace("@DIGEST@", digest));
}
await copyFile(join(ROOT, "scripts", "own-cache.cjs"), join(DIST, "own-cache.js"));
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(join(DIST, "licenses.txt"), await noticesOf(ROOT, inputs));
await appendFile(join(DIST, "index.js"), `0 && (module.exports = { ${EXPORTS.join(", ")} });\n`);
await chmod(join(DIST, "box.js"), 0o755);

// The seed makes V8's output reproducible.
const { status, stderr } = spawnSync(
  process.execPath,
  ["--random-seed=1", join(ROOT, "scripts", "code-cache.js")],
  { encoding: "utf8" },
);
if (status !== 0) throw new Error(`no code cache: ${stderr}`);
await writeManPages();
