import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillTemplate, formatList } from "../../../src/docker/template.js";
import { BoxError } from "../../../src/errors.js";

const volume = { Name: "data", CreatedAt: "now", Labels: { a: "1" }, Size: 3, Options: null };

describe("fillTemplate", () => {
  it.each([
    ["{{.Name}}", "data"],
    ["{{ .Name }}\\t{{.Size}}", "data\t3"],
    ["{{json .Labels}}", '{"a":"1"}'],
    ["{{.Labels}} {{.Labels.a}}", '{"a":"1"} 1'],
    ["{{json .}}", JSON.stringify(volume)],
    ["{{.Options}}|", "|"],
    ["plain", "plain"],
  ])("fills in %s", (format, expected) => {
    expect(fillTemplate(format, volume)).toBe(expected);
  });

  it.each([
    ["{{.Nme}}", /unknown field \.Nme; known fields: Name, CreatedAt/],
    ["{{.Name.x}}", /unknown field \.x/],
    ["{{range .Labels}}x{{end}}", /not a supported template/],
    ["{{.Name", /not a supported template/],
    ["{{.constructor}}", /unknown field \.constructor/],
  ])("refuses %s", (format, message) => {
    expect(() => fillTemplate(format, volume)).toThrow(message);
  });

  it("returns a text without fields as it is, and throws nothing but a BoxError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          if (!/\\[nt]/.test(text) && !text.includes("{{")) expect(fillTemplate(text, volume)).toBe(text);
          else fillTemplate(text, volume);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});

describe("formatList", () => {
  it("writes JSON, templates and tables", async () => {
    const rows = [volume, { ...volume, Name: "other" }];
    expect((await formatList("json", rows)).map((line) => (JSON.parse(line) as typeof volume).Name)).toEqual([
      "data",
      "other",
    ]);
    expect(await formatList("{{.Name}}", rows)).toEqual(["data", "other"]);
    expect(await formatList("table {{.Name}}\\t{{.CreatedAt}}", rows)).toEqual([
      "NAME    CREATED AT",
      "data    now",
      "other   now",
    ]);
  });
});
