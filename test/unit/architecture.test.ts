import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { documentWithLayers } from "../../scripts/layers.js";

it(
  "docs/architecture.md shows the current layers (`npm run docs` draws them)",
  { tags: "slow" },
  async () => {
    const document = await readFile(join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
    expect(document).toBe(await documentWithLayers());
  },
);
