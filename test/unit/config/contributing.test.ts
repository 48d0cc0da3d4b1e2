import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");

it("CONTRIBUTING.md quotes the lines of a flag as they are in the source", () => {
  const [, section = ""] = read("CONTRIBUTING.md").split("## Adding a flag\n");
  const examples = section
    .split("## ")[0]
    ?.match(/(?:^ {7}\S?.*\n)+/gm)
    ?.map((block) => block.replace(/^ {7}/gm, "").trim());
  expect(examples).toHaveLength(2);
  const sources = ["src/config/spec/record.ts", "src/config/box-options.ts"].map((path) =>
    read(path).replace(/^ +/gm, ""),
  );
  examples?.forEach((example, i) => expect(sources[i]).toContain(example.replace(/^ +/gm, "")));
});
