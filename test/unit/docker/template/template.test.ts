import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { list, strings, struct, text } from "../../../../src/docker/go/make.js";
import { STRING } from "../../../../src/docker/go/type.js";
import { FUNCTIONS } from "../../../../src/docker/template/docker-functions.js";
import { parse } from "../../../../src/docker/template/parse.js";
import { parseTemplate } from "../../../../src/docker/template/template.js";
import { showList } from "../../../../src/docker/template/tree.js";
import { BoxError } from "../../../../src/errors.js";
import { templates } from "./cases.js";

const value = struct("T", {
  Name: "web",
  Labels: strings({ a: "1" }),
  Env: list(STRING, ["A=1", "B=2"]),
});

/** Returns the result of an action, or its BoxError. */
function outcome(action: () => string): string | BoxError {
  try {
    return action();
  } catch (error) {
    expect(error).toBeInstanceOf(BoxError);
    return error as BoxError;
  }
}

const NAMES = new Set(FUNCTIONS.keys());
const tree = (template: string) => {
  const found = parse(template, NAMES);
  return JSON.stringify([...found], (key, item: unknown) =>
    key === "start" ? undefined : typeof item === "bigint" ? String(item) : item,
  );
};

/** Pieces of templates, which make something near a template more often than characters do. */
const PIECES = [
  ...[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "if ",
    "else",
    "end",
    "range ",
    "with ",
    "define",
    "block",
    "template ",
  ],
  ...[
    ".",
    ".Name",
    ".Env",
    "$",
    "$x",
    ":=",
    "=",
    ",",
    "|",
    "(",
    ")",
    '"',
    '"a"',
    "`",
    "'",
    "0",
    "1e3",
    "0x",
    "_",
    "-",
  ],
  ...[
    "nil",
    "true",
    "printf",
    "%",
    "%d",
    "len",
    "index",
    "and",
    "/*",
    "*/",
    "break",
    "continue",
    "é",
    "\u0000",
    "\\",
  ],
];

describe("a template", () => {
  it("of any text is filled in or refused with a BoxError", () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...PIECES)).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (template) => {
        const result = outcome(() => parseTemplate(template).execute(value));
        if (!template.includes("{{")) expect(result).toBe(template);
        if (result instanceof BoxError) expect(result.code).toBe("invalid-format");
      }),
    );
  });

  it("is the same when it is parsed from its own notation", () => {
    for (const template of templates()) {
      const parsed = outcome(() => tree(template));
      if (parsed instanceof BoxError || /\{\{-? *(define|block|template|\/\*)/.test(template)) continue;
      const shown = showList(parse(template, NAMES).get("") ?? []);
      // Text that trimming has cut short may begin with what looks like an action.
      if (!shown.includes("{{{")) expect(showList(parse(shown, NAMES).get("") ?? []), template).toBe(shown);
    }
  });

  it.each([
    ["{".repeat(20_000), /unexpected|unclosed/],
    [`{{${"(".repeat(20_000)}`, /too deeply nested/],
    [`{{${"(".repeat(20_000)}1${")".repeat(20_000)}}}`, /too deeply nested/],
    ["{{if 1}}".repeat(20_000), /too deeply nested/],
    [`{{if 1}}${"{{else if 1}}".repeat(5_000)}{{end}}`, /too deeply nested/],
    ['{{define "x"}}{{template "x"}}{{end}}{{template "x"}}', /exceeded maximum template depth/],
    ['{{define "x"}}{{range .}}{{template "x" .}}{{end}}{{end}}{{template "x" $}}', /range can't iterate/],
    ["{{range 100000000}}{{end}}", /iterations/],
    ['{{printf "%*d" 1000000000 1}}', undefined],
    ['{{pad "x" 1000000000 0}}', /Repeat count too large/],
    [`{{"${"a".repeat(1_000_000)}"}}`, undefined],
    [`${" ".repeat(1_000_000)}x{{- 1}}`, undefined],
    [`{{1${" | print".repeat(20_000)}}}`, undefined],
    [`{{.Name${".Name".repeat(20_000)}}}`, /executing/],
    [`{{${"9".repeat(20_000)}}}`, /illegal number syntax/],
    [`{{/*${"*".repeat(1_000_000)}`, /unclosed comment/],
  ])("that is monstrous ends soon (%#)", (template, reason) => {
    const result = outcome(() => parseTemplate(template).execute(value));
    if (reason === undefined) expect(result).toBeTypeOf("string");
    else expect(String(result).slice(0, 500)).toMatch(reason);
  });

  const LONG = '{{$s := printf "%999999s" "x"}}{{$m := split $s "" }}';
  const TOO_MUCH = /more than \d+ characters/;
  it.each([
    [
      "doubles a text",
      `{{$a := "a"}}{{range split "${",".repeat(29)}" ","}}{{$a = printf "%s%s" $a $a}}{{end}}`,
      TOO_MUCH,
    ],
    ["prints wide numbers", '{{range 100000}}{{printf "%999999d" 1}}{{end}}', TOO_MUCH],
    ["prints long texts", `{{range 100000}}${"x".repeat(10_000)}{{end}}`, TOO_MUCH],
    ["prints values repeatedly", "{{range 1000000}}{{json $}}{{json $}}{{json $}}{{end}}", TOO_MUCH],
    ["pads", '{{range 100000}}{{pad "x" 100000 100000 | len}}{{end}}', TOO_MUCH],
    ["measures a long text", `${LONG}{{range 100000}}{{len $s}}{{end}}`, TOO_MUCH],
    ["splits a long text", `${LONG}{{range 100000}}{{split $s "" | len}}{{end}}`, TOO_MUCH],
    ["splits a very long text", `${LONG}{{split (printf "%s%s" $s $s) "" | len}}`, /too many parts/],
    ["widens each item", `${LONG}{{printf "%999999v" $m}}`, /the text is too long/],
    ["joins with a long text", `${LONG}{{join $m $s}}`, /the text is too long/],
    ["has many wide verbs", `{{printf "${"%999999[1]d".repeat(5_000)}" 1}}`, /the text is too long/],
    ["compares often", `{{range 1000000}}{{if or ${"false ".repeat(1_000)}}}{{end}}{{end}}`, TOO_MUCH],
  ])("that %s ends soon, with little memory", (_, template, reason) => {
    const result = outcome(() => parseTemplate(template).execute(value));
    expect(String(result).slice(-500)).toMatch(reason);
  });

  it("has an error of one line, however long it is", () => {
    const result = outcome(() => parseTemplate("{{printf 1\n2\n}}").execute(value));
    expect(String(result)).toMatch(/^BoxError: template: :1:9: /);
  });

  it("cannot reach properties of JavaScript objects", () => {
    for (const name of ["constructor", "__proto__", "toString", "length", "hasOwnProperty"]) {
      expect(String(outcome(() => parseTemplate(`{{.${name}}}`).execute(value)))).toContain(
        "can't evaluate field",
      );
      expect(parseTemplate(`{{.Labels.${name}}}`).execute(value)).toBe("<no value>");
      expect(parseTemplate(`{{index .Labels "${name}"}}`).execute(value)).toBe("");
    }
  });

  it("escapes texts from outside, but not those of the user", () => {
    const evil = struct("T", { Name: text("a\n\u001b[2J"), Labels: strings({ "k\n": "v\t" }) });
    const shown = (template: string) => parseTemplate(template).execute(evil);
    expect(shown("{{.Name}}\n{{.Labels}}")).toBe("a\\n\\x1b[2J\nmap[k\\n:v\\t]");
    expect(shown('{{println .Name}}{{printf "%s\\n" .Name}}{{print "\\n"}}')).toBe(
      "a\\n\\x1b[2J\na\\n\\x1b[2J\n\n",
    );
    expect(shown("{{json .Name}}{{json .Labels}}")).toBe('"a\\n\\u001b[2J"{"k\\n":"v\\t"}');
    expect(shown('{{printf "%q" .Name}} {{len .Name}} {{eq .Name "a\\n\\x1b[2J"}}')).toBe(
      '"a\\n\\x1b[2J" 6 true',
    );
    expect(shown('{{upper .Name}} {{join (split .Name "\\n") "\\n"}}')).toBe("A\\n\\x1b[2J a\n\\x1b[2J");
  });
});
