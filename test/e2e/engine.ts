import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE, REQUIRE_BANNER } from "../../scripts/bundle-options.js";
import { ROOT, testEnvironment } from "./box.js";

type Module = typeof import("../../src/engine/engine.js");

/** The engine as it is built, in this process: a bundle with what starts a VM beside it. */
async function load(): Promise<Module> {
  const built = join(ROOT, "build", "e2e");
  mkdirSync(built, { recursive: true });
  const folder = mkdtempSync(join(built, "engine-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const dist = join(folder, "dist");
  mkdirSync(dist);
  for (const name of ["native", "monitor.js"]) symlinkSync(join(ROOT, "dist", name), join(dist, name));
  symlinkSync(join(ROOT, "runtime-files"), join(folder, "runtime-files"));
  const entryPoints = { engine: join(ROOT, "src", "engine", "engine.ts") };
  const outExtension = { ".js": ".mjs" };
  await build({
    ...BUNDLE,
    format: "esm",
    platform: "node",
    entryPoints,
    outExtension,
    banner: REQUIRE_BANNER,
    outdir: dist,
  });
  return (await import(join(dist, "engine.mjs"))) as Module;
}

export const { openEngine } = await load();

/** Of the tests' BOX_HOME. */
export const engine = openEngine({ env: testEnvironment() });
