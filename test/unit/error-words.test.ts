// @module-tag slow
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";

/** Messages in src are also shown by the library: they name fields and options, not flags and commands. */
const ROOT = join(import.meta.dirname, "../..");

const FLAG = /(^|[\s"'`(,])(--[a-z][a-z-]+|-[a-zA-Z])(?=$|[\s"'`:,.;)=])/;
const COMMAND = /`box [a-z]/;

/** Flags of other programs and of Dockerfile instructions. */
const OF_OTHERS = [
  /^use -ef, aux, or -o with a list of /,
  /`(ulimit -f|pkill -f |chattr -i -a)/,
  /^ -d`$/,
  /^CMD \["nginx", "-g"/,
  /^HEALTHCHECK --interval=/,
  /; --retries is a number from 1/,
  /^give this container the device \(`--device /,
];

interface Source {
  path: string;
  file: ts.SourceFile;
}

function sources(): Source[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((name) => `src/${name}`)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }))
    .map(({ path, text }) => ({ path, file: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }));
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const isError = (node: ts.Node): node is ts.NewExpression =>
  ts.isNewExpression(node) && node.expression.getText() === "BoxError";

/** Whether a text belongs to a call by one of these names. */
function isWithin(node: ts.Node, names: readonly string[]): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (isError(at) && names.includes("BoxError")) return true;
    if (ts.isCallExpression(at) && names.includes(at.expression.getText())) return true;
  }
  return false;
}

const isText = (node: ts.Node): node is ts.LiteralLikeNode =>
  ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);

/** The flags that a text names to people: a flag alone is one, or an argument of another program. */
function namesFlag(node: ts.LiteralLikeNode): boolean {
  if (isWithin(node, ["field", "flag"]) || OF_OTHERS.some((known) => known.test(node.text))) return false;
  if (COMMAND.test(node.text)) return true;
  const alone = /^\S*$/.test(node.text) && !isWithin(node, ["BoxError", "naming", "within"]);
  return FLAG.test(node.text) && !alone;
}

describe("errors", () => {
  let all: Source[];
  let below: Source[];
  beforeAll(() => {
    all = sources();
    below = all.filter(({ path }) => !path.startsWith("src/cli/"));
  });

  it("name no flag and no command below the command line", () => {
    const found: string[] = [];
    for (const { path, file } of below)
      walk(file, (node) => {
        if (isText(node) && namesFlag(node)) found.push(`${path}: ${node.text}`);
      });
    expect(found).toEqual([]);
  });

  it("have no exit code", () => {
    const found: string[] = [];
    for (const { path, file } of all)
      walk(file, (node) => {
        if (isError(node) && /\bexitCode\b/.test(node.arguments?.[2]?.getText() ?? "")) found.push(path);
      });
    expect(found).toEqual([]);
  });

  it("have codes that docs/errors.md lists", () => {
    const listed = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
    const missing = new Set<string>();
    for (const { file } of all)
      walk(file, (node) => {
        const [code] = isError(node) ? (node.arguments ?? []) : [];
        if (!code || !ts.isStringLiteral(code) || code.text.startsWith("invalid-")) return;
        if (!listed.includes(`\`${code.text}\``)) missing.add(code.text);
      });
    expect([...missing].sort()).toEqual([]);
  });
});
