import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check } from "../../../scripts/english.js";
import { PHRASES } from "../../../scripts/english/phrases.js";
import { proseOf, type Passage } from "../../../scripts/english/prose.js";

/** A text as prose of the kind that a phrase is looked for in. */
const passage = (text: string, { only }: { only?: Passage["kind"][] }): Passage => ({
  kind: only?.[0] ?? "paragraph",
  text,
  lines: Array.from(text, () => 1),
});

const withExamples = PHRASES.map((phrase, rule) => ({ ...phrase, rule, name: String(phrase.pattern) }));

describe("phrases", () => {
  it.each(withExamples)("$name is found in its examples", ({ found, rule, ...phrase }) => {
    const most = phrase.allowed ?? 0;
    for (const text of found) {
      const often = Array.from({ length: most + 1 }, () => passage(text, phrase));
      expect(
        check(often).filter((finding) => finding.rule === rule),
        text,
      ).toHaveLength(1);
    }
  });

  it.each(withExamples)("$name leaves correct English alone", ({ fine, rule, ...phrase }) => {
    for (const text of fine)
      expect(
        check([passage(text, phrase)]).filter((finding) => finding.rule === rule),
        text,
      ).toEqual([]);
  });
});

describe("prose", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "box-english-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The lines of a file in which a phrase is found. */
  async function linesOf(name: string, text: string): Promise<number[]> {
    const path = join(folder, name);
    writeFileSync(path, text);
    return check(await proseOf(path)).map(({ line }) => line);
  }

  it("consists of comments, also across lines, and messages, but not code", async () => {
    const text = [
      "// The last so",
      "// many lines.",
      'import anew from "anew here";',
      "/** Makes `anew` and",
      " * begins anew. */",
      'const anew = "anew";',
      "throw new Error(`box ${anew} begins anew`); // anew",
      'const text = "one " + "begins anew";',
    ];
    expect(await linesOf("source.ts", text.join("\n"))).toEqual([1, 5, 7, 7, 8]);
  });

  it("consists of comments and messages of C", async () => {
    const text = ["/* Begins", " * anew. */", "int anew; // anew", 'die("begins "', '    "anew // here");'];
    expect(await linesOf("source.c", text.join("\n"))).toEqual([2, 3, 4]);
  });

  it("consists of paragraphs, lists, tables and headings of a document, but not its code", async () => {
    const text = [
      "# Anew",
      "",
      "It begins",
      "anew, not `anew`.",
      "",
      "```",
      "anew",
      "```",
      "",
      "    anew",
      "",
      "| anew | `anew` |",
      "- begins",
      "- anew",
    ];
    expect(await linesOf("page.md", text.join("\n"))).toEqual([1, 4, 12, 14]);
  });

  it("consists of comments of scripts", async () => {
    const text = ["#!/bin/sh", "# Begins", "# anew.", "anew=1 # anew", 'echo "# anew"'];
    expect(await linesOf("script.sh", text.join("\n"))).toEqual([3, 4]);
  });

  it("may contain several sentences", async () => {
    const text = "// It ends. Of a box that is\n// gone nothing is left. What is it?\n// Of course.\n";
    expect(await linesOf("source.js", text)).toEqual([1]);
  });
});
