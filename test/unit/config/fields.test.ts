import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { flagOf } from "../../../src/cli/flags/flag-of.js";
import { shownName } from "../../../src/cli/flags/lines.js";
import { BoxDocument, fieldFlags } from "../../../src/config/box-document.js";
import { FIELDS } from "../../fields/fields.js";

const TEST = join(import.meta.dirname, "..", "..");

interface Schema {
  properties?: Record<string, Schema>;
  default?: unknown;
}

/** The fields of the schema with their defaults; an object with a row of its own counts as one field. */
function leaves({ properties = {} }: Schema, path = ""): [string, unknown][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const whole = schema.properties === undefined || Object.hasOwn(FIELDS, here);
    return whole ? [[here, schema.default] as [string, unknown]] : leaves(schema, here);
  });
}

const fields = leaves(z.toJSONSchema(BoxDocument, { io: "input" }) as Schema);

/** The flags that set a field or a part of it; for an operand, its name. */
function flagsOf(path: string): string {
  const flags = fieldFlags().filter(
    (each) =>
      each.hidden !== true &&
      (each.path === path || (each.path.startsWith(`${path}.`) && Object.hasOwn(FIELDS, path))),
  );
  const name = flagOf(path);
  return flags.length > 0
    ? flags.map((each) => `\`${shownName(each)}\``).join(", ")
    : name === path
      ? ""
      : name.startsWith("-")
        ? `\`${name}\``
        : name;
}

function render(): string {
  const rows = fields.map(([path, value]) => {
    const { where, shown } = FIELDS[path] ?? { where: "", shown: [] };
    const cells = [
      `\`${path}\``,
      flagsOf(path),
      value === undefined ? "" : `\`${JSON.stringify(value)}\``,
      where,
    ];
    return `| ${[...cells, shown.join("; ")].join(" | ")} |`;
  });
  return [
    "# All fields of a box",
    "",
    "Generated from the schema, its flags and test/fields/fields.ts with `npx vitest run --project unit test/unit/config/fields.test.ts -u`.",
    "Tests in `e2e/` run on both drivers.",
    "",
    "`--config` reads these fields and `--dry-run` prints them: a BoxConfig with the box's record options in `record`. `box",
    "config schema` describes each field.",
    "",
    "| field | flag | default | implemented in | test |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

describe("docs/fields.md", () => {
  it("has a row for every field of the schema, and no others", () => {
    expect(fields.map(([path]) => path).sort()).toEqual(Object.keys(FIELDS).sort());
  });

  it.each(Object.entries(FIELDS))("names existing tests of %s", (_, { shown }) => {
    expect(shown.length).toBeGreaterThan(0);
    for (const test of shown) {
      const [file = "", title = "missing title"] = test.split(" > ");
      expect(readFileSync(join(TEST, file), "utf8")).toContain(title);
    }
  });

  it("is up to date", async () => {
    await expect(render()).toMatchFileSnapshot("../../../docs/fields.md");
  });
});
