// Writes the library's types to dist/types: the declarations that src/index.ts reaches, and no others.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = join(ROOT, "src");
const OUT = join(ROOT, "dist", "types");

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
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

/** @type {Set<string>} */
const reached = new Set();
/** @param {string} file */
function reach(file) {
  if (reached.has(file)) return;
  reached.add(file);
  const text = declarations.get(file);
  if (text === undefined) throw new Error(`no declarations of ${file}`);
  for (const { fileName } of ts.preProcessFile(text).importedFiles)
    if (fileName.startsWith(".")) reach(join(dirname(file), fileName.replace(/\.js$/, ".d.ts")));
}
reach("index.d.ts");
const isReached = (/** @type {string} */ source) =>
  reached.has(relative(SOURCES, source).replace(/\.ts$/, ".d.ts"));
const failure = diagnostics.find(({ file }) => file === undefined || isReached(file.fileName));
if (failure) throw new Error(ts.flattenDiagnosticMessageText(failure.messageText, "\n"));

rmSync(OUT, { recursive: true, force: true });
for (const file of reached) {
  mkdirSync(dirname(join(OUT, file)), { recursive: true });
  writeFileSync(join(OUT, file), declarations.get(file) ?? "");
}
