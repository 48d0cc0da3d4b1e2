import { readFileSync } from "node:fs";

/**
 * @typedef {"constants" | "malformed" | "values" | "verbs" | "formats" | "numbers" | "floatFormats"} Untyped
 * @typedef {"control" | "subjects" | "programs" | "fields" | "uses" | "typed" | "rows"} Others
 * @type {Record<Untyped | Others, string[]> & { data: unknown }}
 */
const CASES = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

/** Data that the templates are filled in with. Docker's client gets it as JSON of an unknown type. */
export const DATA = CASES.data;

/** @param {string} body */
const within = (body) => `{{with .D}}${body}{{end}}`;

/** All cases written by hand, and the combinations of their parts. */
function* written() {
  yield* CASES.constants.map((constant) => `{{${constant}}}`);
  yield* CASES.constants.map((constant) => `{{printf "%T %v %d" ${constant} ${constant} ${constant}}}`);
  yield* CASES.malformed;
  yield* CASES.values.map((value) => within(`{{${value}}}`));
  for (const verb of CASES.verbs) {
    yield within(`{{printf "%${verb} %${verb} %${verb} %${verb}" .s .i .t .n}}`);
    yield within(`{{printf "%${verb} %${verb} %${verb}" .l .lm .om}}`);
    yield `{{printf "%${verb} %${verb} %${verb} %${verb} %${verb}" "é\\n" 65 -1 1.5 true}}`;
  }
  for (const format of CASES.formats) {
    yield `{{printf "${format}" 42}}`;
    yield `{{printf "${format}" "héllo" 3}}`;
    yield `{{printf "${format}" 5 -3.75}}`;
    yield `{{printf "${format}" true}}`;
  }
  for (const number of CASES.numbers)
    yield `{{printf "${CASES.floatFormats.join(" ")}"${` ${number}`.repeat(CASES.floatFormats.length)}}}`;
  for (const subject of CASES.subjects)
    yield* CASES.control.map((control) => within(control.replace("%", subject)));
  yield* CASES.programs.map(within);
}

const PATHS = ".s .u .e .n .t .i .z .x .l .lm .ln .o .om .lo .zz .om.o.p".split(" ");
const FUNCTIONS = [
  ..."len index slice eq ne lt and or not print println printf".split(" "),
  ..."json upper split join html js urlquery truncate pad title".split(" "),
];

/**
 * Random templates, the same for the same seed.
 * @param {number} seed
 * @param {number} count
 */
function* random(seed, count) {
  let state = seed;
  /** @param {number} limit */
  const below = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  /** @type {<T>(list: readonly T[]) => T} */
  const one = (list) => /** @type {typeof list[number]} */ (list[below(list.length)]);
  const path = () => one(PATHS);
  /** @type {(depth: number) => string} */
  const term = (depth) =>
    one([
      path,
      path,
      path,
      () => one(CASES.constants),
      () => one(["$", "$.D.s", "$v", ".", ".", "nil"]),
      () => (depth > 0 ? `(${pipe(depth - 1)})` : path()),
    ])();
  /** @type {(depth: number) => string} */
  const call = (depth) => {
    const name = one(FUNCTIONS);
    const terms = Array.from({ length: 1 + below(3) }, () => term(depth));
    return name === "printf"
      ? `printf "${one(CASES.formats)}" ${terms.join(" ")}`
      : `${name} ${terms.join(" ")}`;
  };
  /** @type {(depth: number) => string} */
  const pipe = (depth) => {
    const first = below(3) === 0 ? call(depth) : term(depth);
    return below(4) === 0
      ? `${first} | ${one(["len", "print", "json", "upper", 'printf "%v"', "html", "not", "index .l", 'eq "a"'])}`
      : first;
  };
  /** @type {(depth: number) => string} */
  const body = (depth) => Array.from({ length: 1 + below(2) }, () => statement(depth)).join("");
  /** @type {(depth: number) => string} */
  const statement = (depth) => {
    if (depth === 0) return `{{${pipe(1)}}}`;
    const inner = () => body(depth - 1);
    const other = () => one(["", "", "{{else}}" + inner()]);
    return one([
      () => `{{${pipe(2)}}}`,
      () => `{{${pipe(2)}}}`,
      () => one(["text ", " ", "\n", "é"]),
      () => `{{if ${pipe(1)}}}${inner()}${other()}{{end}}`,
      () => `{{with ${pipe(1)}}}${inner()}${other()}{{end}}`,
      () => `{{range ${pipe(1)}}}${inner()}${other()}{{end}}`,
      () => `{{range $i, $v := ${pipe(1)}}}{{$i}}${inner()}{{end}}`,
      () => `{{- $v = ${pipe(1)} -}}`,
    ])();
  };
  for (let i = 0; i < count; i++) yield within(`{{$v := ${path()}}}${body(2)}`);
}

/** The templates whose answers are recorded. */
export function templates() {
  return [...new Set([...written(), ...random(1, 400)])];
}

const NUMERIC = new Set([".State.Pid", ".Size", ".Count", ".Small", ".Level"]);

/** Templates for the values in typed.ts and record.go. */
export function typedTemplates() {
  const used = CASES.fields.flatMap((field) =>
    CASES.uses
      .map((use) => use.replaceAll(/%(?![a-zT+#|])/g, field))
      // Go ranges over numbers from version 1.22 on, and dates have private parts.
      .filter(
        (use) =>
          !(NUMERIC.has(field) && use.includes("range")) && !(/^.(When)?$/.test(field) && /#v|%d/.test(use)),
      ),
  );
  return { Object: [...used, ...CASES.typed], Row: CASES.rows };
}
