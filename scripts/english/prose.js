// Takes the prose out of a file: comments, messages, test titles, paragraphs. Code is left out.
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import ts from "typescript";

/**
 * @typedef {"comment" | "message" | "title" | "paragraph" | "heading" | "cell"} Kind
 *
 * @typedef {{ kind: Kind, text: string, lines: number[] }} Passage
 * Prose that belongs together, with line breaks as spaces; `lines` has the line number of each of its characters.
 *
 * @typedef {{ text: string, line: number }} Line
 */

/** Stands for code within prose, so that a phrase is not found across it. */
const CODE = "\u{fffc}";

/**
 * @param {Kind} kind
 * @param {Line[]} lines
 * @returns {Passage}
 */
function join(kind, lines) {
  let text = "";
  /** @type {number[]} */
  const numbers = [];
  for (const { text: part, line } of lines) {
    const plain = part.replaceAll(/`[^`]*`/g, CODE).trim();
    if (plain === "") continue;
    const piece = text === "" ? plain : ` ${plain}`;
    text += piece;
    for (let i = 0; i < piece.length; i++) numbers.push(line);
  }
  return { kind, text, lines: numbers };
}

/**
 * Divides lines where a blank one, a list's item or a tag such as `@param` begins something else.
 * @param {Kind} kind
 * @param {Line[]} lines
 * @returns {Passage[]}
 */
function divide(kind, lines) {
  /** @type {Line[][]} */
  const parts = [[]];
  for (const { text, line } of lines) {
    const [, mark, rest = ""] = /^\s*(@\w+(?: \{[^}]*\})?|[-*+] |\d+\. |)(.*)$/.exec(text) ?? [];
    if (rest.trim() === "" || mark) parts.push([]);
    parts.at(-1)?.push({ text: mark === "@throws" ? rest.replace(/^ BoxError\b/, "") : rest, line });
  }
  return parts.map((part) => join(kind, part)).filter(({ text }) => text !== "");
}

/**
 * Comments that follow each other, each on lines of its own, are one.
 * @param {{ text: string, line: number, whole: boolean }[]} comments
 * @returns {Passage[]}
 */
function joinComments(comments) {
  /** @type {Line[][]} */
  const blocks = [];
  let last = { line: -1, whole: false };
  for (const { text, line, whole } of comments) {
    if (!(whole && last.whole && line === last.line + 1)) blocks.push([]);
    const lines = text.split("\n").map((part, index) => ({ text: part, line: line + index }));
    blocks.at(-1)?.push(...lines);
    last = { line: line + lines.length - 1, whole: whole && lines.length === 1 };
  }
  return blocks.flatMap((block) => divide("comment", block));
}

/** @param {string} comment as it stands in the source */
const withoutMarks = (comment) =>
  comment.startsWith("//")
    ? comment.slice(2)
    : comment
        .replace(/^\/\*+/, "")
        .replace(/\*+\/$/, "")
        .replaceAll(/^[ \t]*\* ?/gm, "");

/** @param {string} text @returns {(at: number) => number} the line of a position */
function lineFinder(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (at) => {
    let low = 0;
    for (let high = starts.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** @param {string} text @param {number} at @returns whether nothing but blanks stands before it on its line */
const beginsLine = (text, at) => text.slice(text.lastIndexOf("\n", at - 1) + 1, at).trim() === "";

/** @param {ts.Node} node @returns {string | undefined} the text of strings, joined ones too */
function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => CODE + literal.text).join("");
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    if (left !== undefined || right !== undefined) return (left ?? CODE) + (right ?? CODE);
  }
  return undefined;
}

/** @param {ts.Node} node @returns {string} the name that a call such as `it.each(…)(…)` begins with */
const calledName = (node) =>
  ts.isIdentifier(node)
    ? node.text
    : ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) || ts.isTaggedTemplateExpression(node)
      ? calledName("tag" in node ? node.tag : node.expression)
      : "";

/** @param {ts.Node} node @returns whether it is the title of a test or of a group of tests */
const isTitle = (node) =>
  ts.isCallExpression(node.parent) &&
  node.parent.arguments[0] === node &&
  /^(it|test|describe)$/.test(calledName(node.parent.expression));

/**
 * @param {string} text
 * @param {boolean} messages whether strings are shown to somebody
 * @returns {Passage[]}
 */
function fromScript(text, messages) {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const lineOf = lineFinder(text);
  /** @type {Passage[]} */
  const strings = [];
  /** @type {Map<number, ts.CommentRange>} */
  const comments = new Map();
  /** @param {ts.Node} node @param {boolean} within a string that is looked at already */
  const walk = (node, within) => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) within = true;
    if (node.getChildCount(file) === 0) {
      const at = node.getFullStart();
      for (const range of ts.getLeadingCommentRanges(text, at) ?? []) comments.set(range.pos, range);
      for (const range of ts.getTrailingCommentRanges(text, node.getEnd()) ?? [])
        comments.set(range.pos, range);
    }
    const said = within ? undefined : textOf(node);
    if (said !== undefined) {
      within = true;
      const kind = isTitle(node) ? "title" : "message";
      if (kind === "title" || (messages && said.includes(" ")))
        strings.push(
          ...divide(kind, [{ text: said.replaceAll("\n", " "), line: lineOf(node.getStart(file)) }]),
        );
    }
    for (const child of node.getChildren(file)) walk(child, within);
  };
  walk(file, false);
  const inOrder = [...comments.values()].sort((a, b) => a.pos - b.pos);
  return [
    ...joinComments(
      inOrder.map(({ pos, end }) => ({
        text: withoutMarks(text.slice(pos, end)),
        line: lineOf(pos),
        whole: beginsLine(text, pos),
      })),
    ),
    ...strings,
  ];
}

const IN_C =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"(?:\s*(?:[A-Z_]+\s*)?"(?:\\.|[^"\\\n])*")*|'(?:\\.|[^'\\\n])*'/g;

/** @param {string} text @returns {Passage[]} */
function fromC(text) {
  const lineOf = lineFinder(text);
  const comments = [];
  const strings = [];
  for (const { 0: found, index } of text.matchAll(IN_C)) {
    const line = lineOf(index);
    if (found.startsWith("/"))
      comments.push({ text: withoutMarks(found), line, whole: beginsLine(text, index) });
    else if (found.startsWith('"') && found.includes(" ")) {
      const said = found.slice(1, -1).replaceAll(/"\s*(?:[A-Z_]+\s*)?"/g, "");
      strings.push(...divide("message", [{ text: said, line }]));
    }
  }
  return [...joinComments(comments), ...strings];
}

/** Shell, make and the like: comments that have a line of their own, or stand behind two blanks. @param {string} text @returns {Passage[]} */
function fromShell(text) {
  const comments = text.split("\n").flatMap((line, index) => {
    const [, before = "", comment] = /^(|.*?\s)#(?!!)\s?(.*)$/.exec(line) ?? [];
    if (comment === undefined || (before.trim() !== "" && /["'$]/.test(before))) return [];
    return [{ text: comment, line: index + 1, whole: before.trim() === "" }];
  });
  return joinComments(comments);
}

/** @param {string} text @returns {Passage[]} */
function fromMarkdown(text) {
  /** @type {Passage[]} */
  const found = [];
  /** @type {Line[]} */
  let paragraph = [];
  const flush = () => {
    found.push(...divide("paragraph", paragraph));
    paragraph = [];
  };
  let fence = "";
  for (const [index, whole] of text.split("\n").entries()) {
    const line = index + 1;
    const [, mark = ""] = /^\s*(```+|~~~+)/.exec(whole) ?? [];
    if (fence !== "" || mark !== "") {
      flush();
      if (fence === "") fence = mark;
      else if (mark.startsWith(fence)) fence = "";
      continue;
    }
    if (/^\s*(\||<)/.test(whole) || /^ {4}/.test(whole) || /^#/.test(whole)) flush();
    if (/^#/.test(whole)) found.push(...divide("heading", [{ text: whole.replace(/^#+/, ""), line }]));
    else if (/^\s*\|/.test(whole))
      for (const cell of whole.replaceAll(/`[^`]*`/g, CODE).split(/(?<!\\)\|/))
        found.push(...divide("cell", [{ text: cell, line }]));
    else if (!/^( {4}|\s*<!--)/.test(whole))
      paragraph.push({ text: whole.replaceAll(/\]\([^)]*\)/g, "]"), line });
  }
  flush();
  return found;
}

/**
 * @param {string} path relative to the project
 * @returns {Promise<Passage[]>} empty if files of this kind have no prose
 */
export async function proseOf(path) {
  const extension = extname(path);
  if (!/^(\.(ts|js|cjs|mjs|c|h|md|sh|py|mk|rules)|)$/.test(extension)) return [];
  const text = await readFile(path, "utf8");
  if (/^\.(ts|js|cjs|mjs)$/.test(extension)) return fromScript(text, !/^(test|bench)\//.test(path));
  if (/^\.[ch]$/.test(extension)) return fromC(text);
  if (extension === ".md") return fromMarkdown(text);
  return extension !== "" || text.startsWith("#!") || path.endsWith("Makefile") ? fromShell(text) : [];
}
