// Draws the dependencies between the directories of src as a Mermaid diagram for docs/architecture.md.
import { cruise } from "dependency-cruiser";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs", "architecture.md");
const PICTURE = /(?<=<!-- layers: made by `npm run docs` -->\n)[^]*?(?=<!-- end of layers -->)/;

/** @param {string} path such as src/vm/launch.ts @returns the folder below src, or the file there */
const layerOf = (path) => /^src\/([^/.]+)/.exec(path)?.[1];

/** @returns {Promise<string>} */
async function drawLayers() {
  const { output } = await cruise(["src"], {
    baseDir: ROOT,
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(ROOT, "tsconfig.json") },
  });
  if (typeof output === "string") throw new Error("dependency-cruiser gave text");
  /** @type {Set<string>} */
  const arrows = new Set();
  for (const { source, dependencies } of output.modules) {
    const from = layerOf(source);
    for (const { resolved } of dependencies) {
      const to = layerOf(resolved);
      if (from !== undefined && to !== undefined && from !== to) arrows.add(`  ${from} --> ${to}`);
    }
  }
  return ["", "```mermaid", "flowchart TD", ...[...arrows].sort(), "```", "", ""].join("\n");
}

/** Returns the document with the current diagram. */
export async function documentWithLayers() {
  const [text, picture] = await Promise.all([readFile(DOCUMENT, "utf8"), drawLayers()]);
  if (!PICTURE.test(text)) throw new Error(`${DOCUMENT} has no place for the diagram`);
  return text.replace(PICTURE, () => picture);
}

export const writeLayers = async () => writeFile(DOCUMENT, await documentWithLayers());
