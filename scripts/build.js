// Bundles the command line, the library and the monitor into dist/, as CommonJS: Node starts it faster than
// ES modules, and V8 can keep what it has compiled of it. The bundle of the command line is one file; what a command does
// not use of it is neither evaluated nor compiled.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
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
  // Becomes require(): a script that V8 keeps the code of has no import().
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
  zstddec: "zstddec/stream",
};

const alias = Object.fromEntries(Object.entries(SELDOM).map(([name, of]) => [of, `./${name}.js`]));
const external = Object.keys(SELDOM).map((name) => `./${name}.js`);

/** Commander loads what starts programs for subcommands that are programs of their own. Box has none. */
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

/** Bundles that scripts/cached.cjs stands for. */
const CACHED = ["program", "pull-current", "index", ...Object.keys(SELDOM)];
/** The names that index.js exports, for ES modules: Node finds them by reading it, not by running it. */
const EXPORTS = ["Box", "BoxError", "openEngine"];

/** Goes into bundles that scripts/cached.cjs stands for. */
const cached = {
  outdir: CODE,
  banner: { js: "(function(exports,require,module,bundleUrl){" },
  footer: { js: "})" },
};

for (const file of await readdir(DIST)) if (/\.js(\.LEGAL\.txt)?$/.test(file)) await rm(join(DIST, file));
// A code cache must never be beside code that it is not of: V8 compares no more than their lengths.
await rm(CODE, { recursive: true, force: true });
await mkdir(CODE);
await writeFile(join(DIST, "package.json"), '{ "type": "commonjs" }\n');
const results = await Promise.all([
  build({
    ...common,
    entryPoints: { box: "src/cli/main.ts" },
    external: ["./program.js", "./pull-current.js"],
  }),
  build({
    ...common,
    ...cached,
    entryPoints: { index: "src/index.ts" },
    // Node shows the line of an error that nobody has caught.
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
for (const name of CACHED) await copyFile(join(ROOT, "scripts", "cached.cjs"), join(DIST, `${name}.js`));
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(join(DIST, "licenses.txt"), await noticesOf(ROOT, inputs));
await appendFile(join(DIST, "index.js"), `0 && (module.exports = { ${EXPORTS.join(", ")} });\n`);
await chmod(join(DIST, "box.js"), 0o755);

// The seed makes what V8 compiles the same each time.
const { status, stderr } = spawnSync(
  process.execPath,
  ["--random-seed=1", join(ROOT, "scripts", "code-cache.js")],
  { encoding: "utf8" },
);
if (status !== 0) throw new Error(`no code cache: ${stderr}`);
await writeManPages();
