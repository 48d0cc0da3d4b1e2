// @module-tag slow
import { build } from "esbuild";
import { expect, it } from "vitest";

/** Returns the sources that are loaded with modules, without dynamic imports. */
async function loadedWith(...entries: string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: entries,
    bundle: true,
    write: false,
    metafile: true,
    splitting: true,
    format: "esm",
    platform: "node",
    outdir: "build/none",
  });
  const loaded = new Set<string>();
  const visit = (output: string) => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) {
      if (kind !== "dynamic-import" && metafile.outputs[path]) visit(path);
    }
  };
  for (const entry of entries) {
    visit(Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint === entry) ?? "");
  }
  return [...loaded].flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}));
}

it("an image in the store is found without loading the registry client, the index or signatures", async () => {
  const sources = await loadedWith("src/oci/images.ts");
  expect(sources).toContain("src/oci/store/record.ts");
  expect(
    sources.filter((path) => /undici|sigstore|src\/oci\/(registry|pull|index|verify)\//.test(path)),
  ).toEqual([]);
});

it("a pull of an image in the store does not load undici or the code that fetches layers", async () => {
  const sources = await loadedWith("src/oci/pull/current.ts", "src/oci/registry/light.ts");
  expect(sources).toContain("src/oci/registry/session.ts");
  const heavy =
    /undici|src\/oci\/(index|compression)\/|src\/oci\/(manifest|pull\/pull|registry\/(auth|client))\.ts/;
  expect(sources.filter((path) => heavy.test(path))).toEqual([]);
});
