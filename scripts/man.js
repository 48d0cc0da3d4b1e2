// Writes dist/man/box.1, box-run.1 and so on from the definitions of commands and flags, and their names to package.json,
// because npm installs the man pages of a package.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLE, REQUIRE_BANNER } from "./bundle-options.js";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, "build", "man");
const MAN = join(ROOT, "dist", "man");

/** Writes all man pages. */
export async function writeManPages() {
  await build({
    ...BUNDLE,
    absWorkingDir: ROOT,
    entryPoints: { "man-pages": "src/cli/help/man-pages.ts" },
    outdir: OUT,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    banner: REQUIRE_BANNER,
  });
  const { manPages } = /** @type {typeof import("../src/cli/help/man-pages.js")} */ (
    await import(join(OUT, "man-pages.mjs"))
  );
  await rm(MAN, { recursive: true, force: true });
  await mkdir(MAN, { recursive: true });
  for (const [name, text] of await manPages()) await writeFile(join(MAN, name), text);
}

/** Older versions of npm ignore `directories.man` when they install. */
export async function listManPages() {
  const file = join(ROOT, "package.json");
  const description = /** @type {object} */ (JSON.parse(await readFile(file, "utf8")));
  const man = (await readdir(MAN)).sort().map((name) => `./dist/man/${name}`);
  await writeFile(file, `${JSON.stringify({ ...description, man }, undefined, 2)}\n`);
}

if (import.meta.filename === process.argv[1]) await writeManPages();
