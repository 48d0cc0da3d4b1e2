// Checks types and runs ESLint: `npm run lint [-- PATH…]`. Both use one TypeScript program, because most of the work of either
// is to infer the types of expressions.
import { ESLint } from "eslint";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");

/** @param {readonly ts.Diagnostic[]} diagnostics */
const show = (diagnostics) =>
  ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => ROOT,
    getNewLine: () => "\n",
  });

function createProgram() {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(join(ROOT, "tsconfig.json"), {}, host);
  if (config === undefined) throw new Error("tsconfig.json cannot be read");
  const { fileNames, options, errors } = config;
  // ESLint's rules go from nodes to their parents.
  const program = ts.createProgram(fileNames, options, ts.createCompilerHost(options, true));
  return { program, errors };
}

const paths = process.argv.slice(2);
const { program, errors } = createProgram();
const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program)];
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    files: ["**/*.{ts,js,cjs}"],
    languageOptions: { parserOptions: { project: null, programs: [program] } },
  },
});
const results = await eslint.lintFiles(paths.length > 0 ? paths : ["."]);
const formatter = await eslint.loadFormatter("stylish");
process.stdout.write(show(diagnostics) + (await formatter.format(results)));
const failed = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
process.exitCode = failed || diagnostics.length > 0 ? 1 : 0;
