import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, testEnvironment } from "./box.js";
import { BUSYBOX, NGINX } from "./images.js";

const run = promisify(execFile);

/** Inside box's own directory, where `import … from "box"` resolves to the library that was built. */
let folder: string;

beforeAll(async () => {
  await mkdir(join(ROOT, "build"), { recursive: true });
  folder = await mkdtemp(join(ROOT, "build", "library-docs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = await readFile(join(ROOT, "docs", "library.md"), "utf8");
const BLOCK = /^```ts\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;
const blocks = [...text.matchAll(BLOCK)].map(([, code = "", output = ""]) => ({ code, output }));

/** Real images are large and need internet access. */
const withTestImages = (code: string) =>
  code.replaceAll('"alpine"', JSON.stringify(BUSYBOX)).replaceAll('"nginx:alpine"', JSON.stringify(NGINX));

describe("docs/library.md", () => {
  it("has examples", () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  it.each(blocks.map((block, i) => ({ ...block, i })))(
    "documents the output of its example $i",
    async ({ code, output, i }) => {
      const { code: script } = await transform(withTestImages(code), {
        loader: "ts",
        target: "node20",
        format: "esm",
      });
      const file = join(folder, `${i}.mjs`);
      await writeFile(file, script);
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: folder, env: testEnvironment() });
      expect({ stdout, stderr }).toEqual({ stdout: output, stderr: "" });
    },
  );
});
