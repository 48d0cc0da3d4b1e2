// Writes docs/flags.md and the man pages from the definitions of commands and flags, and the diagram of layers in
// docs/architecture.md.
import { build } from "esbuild";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLE, REQUIRE_BANNER } from "./bundle-options.js";
import { writeLayers } from "./layers.js";
import { listManPages, writeManPages } from "./man.js";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, "build", "docs");

await mkdir(OUT, { recursive: true });
await build({
  ...BUNDLE,
  absWorkingDir: ROOT,
  entryPoints: { reference: "src/cli/reference.ts" },
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  splitting: true,
  banner: REQUIRE_BANNER,
});
const { flagsDocument } = /** @type {typeof import("../src/cli/reference.js")} */ (
  await import(join(OUT, "reference.mjs"))
);
await writeFile(join(ROOT, "docs", "flags.md"), await flagsDocument());
await writeLayers();
await writeManPages();
await listManPages();
