import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { fromJson, jsonOf } from "../../../../src/docker/go/json.js";
import type { Value } from "../../../../src/docker/go/value.js";
import { parseTemplate } from "../../../../src/docker/template/template.js";
import { BoxError } from "../../../../src/errors.js";
import { DATA, templates, typedTemplates } from "./cases.js";
import { object, row } from "./typed.js";

const Answers = z.array(
  z.union([z.tuple([z.string(), z.string()]), z.tuple([z.string(), z.literal(""), z.string()])]),
);

function recorded<T extends z.ZodMiniType>(name: string, schema: T): z.infer<T> {
  return schema.parse(JSON.parse(readFileSync(new URL(`${name}-answers.json`, import.meta.url), "utf8")));
}

/** The template and what it prints, or the template, nothing and the error. */
function answer(template: string, value: Value | undefined, strict: boolean): string[] {
  try {
    return [template, parseTemplate(template).execute(value, { strict })];
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    return [template, "", error.message];
  }
}

describe("templates print what", () => {
  it("Docker's client prints", () => {
    const { answers } = recorded("client", z.object({ version: z.literal("28.2.2"), answers: Answers }));
    const value = fromJson(jsonOf({ D: DATA }));
    expect(answers.map(([template]) => answer(template, value, true))).toEqual(answers);
    expect(answers.map(([template]) => template)).toEqual(templates());
  });

  it("Go prints of typed values", () => {
    const lists = z.object({ version: z.string(), object: Answers, row: Answers });
    const answers = recorded("go", lists);
    expect(answers.object.map(([template]) => answer(template, object(), false))).toEqual(answers.object);
    expect(answers.row.map(([template]) => answer(template, row(), false))).toEqual(answers.row);
    const { Object: ofObject, Row: ofRow } = typedTemplates();
    expect([answers.object, answers.row].map((list) => list.map(([template]) => template))).toEqual([
      ofObject,
      ofRow,
    ]);
  });
});
