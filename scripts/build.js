// Bundles the command line, the threads of its pulls and the monitor into dist/. Chunks keep a command from loading what
// it does not use; groups keep it from loading many files.
import { build } from "esbuild";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLE, PULL_WORKER, REQUIRE_BANNER } from "./bundle-options.js";
import { GROUP_ENTRIES, groups } from "./groups.js";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

const common = {
  ...BUNDLE,
  absWorkingDir: ROOT,
  outdir: DIST,
  minify: true,
  keepNames: true,
  legalComments: "linked",
  logLevel: "warning",
};

const old = await readdir(DIST).catch(() => []);
await Promise.all(
  old.filter((file) => /\.js(\.LEGAL\.txt)?$/.test(file)).map((file) => rm(join(DIST, file))),
);
await Promise.all([
  build({
    ...common,
    entryPoints: { box: "src/cli/main.ts", ...GROUP_ENTRIES },
    plugins: [groups],
    splitting: true,
    chunkNames: "chunk-[hash]",
    banner: REQUIRE_BANNER,
  }),
  build({
    ...common,
    entryPoints: PULL_WORKER,
    splitting: true,
    chunkNames: "chunk-[hash]",
    banner: REQUIRE_BANNER,
  }),
  build({ ...common, entryPoints: { monitor: "src/vm/monitor/main.ts" } }),
]);
await chmod(join(DIST, "box.js"), 0o755);
