// Writes the library's types to dist/types: only declarations that are reachable from src/index.ts.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = join(ROOT, "src");
const OUT = join(ROOT, "dist", "types");

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const program = ts.createProgram([join(SOURCES, "index.ts")], {
  ...options,
  noEmit: false,
  allowImportingTsExtensions: false,
  declaration: true,
  emitDeclarationOnly: true,
  stripInternal: true,
  rootDir: SOURCES,
  outDir: OUT,
});

/** @type {Map<string, string>} text by path below dist/types */
const declarations = new Map();
const { diagnostics } = program.emit(undefined, (file, text) => declarations.set(relative(OUT, file), text));

/** The only package whose types the library uses. It is bundled, so its declarations are included. */
const ZOD = "zod/mini";
const ZOD_ROOT = join(ROOT, "node_modules", "zod");

/** @param {string} file below dist/types */
function textOf(file) {
  if (!declarations.has(file) && file.startsWith("zod/"))
    declarations.set(file, readFileSync(join(ZOD_ROOT, relative("zod", file)), "utf8"));
  const text = declarations.get(file);
  if (text === undefined) throw new Error(`no declarations of ${file}`);
  return text;
}

/** @type {Map<string, string>} what is written, by path */
const reached = new Map();
/** @param {string} file */
function reach(file) {
  if (reached.has(file)) return;
  const toZod = relative(dirname(file), "zod/mini/index.js").replace(/^(?!\.)/, "./");
  const text = textOf(file).replaceAll(`"${ZOD}"`, `"${toZod}"`);
  reached.set(file, text);
  // TypeScript's preProcessFile misses `export * as`.
  for (const [, name = ""] of text.matchAll(/(?:\bfrom|\bimport\(?) ?"([^"]+)"/g)) {
    if (name.startsWith(".")) reach(join(dirname(file), name.replace(/\.js$/, ".d.ts")));
    else if (!/^(node:|zod\/)/.test(name)) throw new Error(`${file} has types of ${name}`);
  }
}
reach("index.d.ts");
const isReached = (/** @type {string} */ source) =>
  reached.has(relative(SOURCES, source).replace(/\.ts$/, ".d.ts"));
const failure = diagnostics.find(({ file }) => file === undefined || isReached(file.fileName));
if (failure) throw new Error(ts.flattenDiagnosticMessageText(failure.messageText, "\n"));

rmSync(OUT, { recursive: true, force: true });
for (const [file, text] of reached) {
  mkdirSync(dirname(join(OUT, file)), { recursive: true });
  writeFileSync(join(OUT, file), text);
}
copyFileSync(join(ZOD_ROOT, "LICENSE"), join(OUT, "zod", "LICENSE"));
