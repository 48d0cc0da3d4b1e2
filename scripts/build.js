// Bundles the command line, the threads of its pulls and the monitor into dist/. Chunks keep a command from loading what it does not use.
import { build } from "esbuild";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  keepNames: true,
  legalComments: "linked",
  logLevel: "warning",
};

// Packages in CommonJS ask for node's own modules with require(), which ES modules do not have.
const require = "import{createRequire as box$r}from'node:module';const require=box$r(import.meta.url);";

const old = await readdir(DIST).catch(() => []);
await Promise.all(
  old.filter((file) => /\.js(\.LEGAL\.txt)?$/.test(file)).map((file) => rm(join(DIST, file))),
);
await Promise.all([
  build({
    ...common,
    entryPoints: { box: "src/cli/main.ts", "pull-worker": "src/oci/pull/worker.ts" },
    splitting: true,
    chunkNames: "chunk-[hash]",
    outdir: DIST,
    banner: { js: require },
  }),
  build({ ...common, entryPoints: { monitor: "src/vm/monitor/main.ts" }, outdir: DIST }),
]);
await chmod(join(DIST, "box.js"), 0o755);
