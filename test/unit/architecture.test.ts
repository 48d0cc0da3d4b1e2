import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { documentWithLayers } from "../../scripts/layers.js";

it(
  "docs/architecture.md shows the layers as they are; `npm run docs` makes it so",
  { tags: "slow" },
  async () => {
    const document = await readFile(join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
    expect(document).toBe(await documentWithLayers());
  },
);
