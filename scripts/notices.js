// Collects the licenses of the npm packages in a bundle.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Returns the package that a file belongs to.
 * @param {string} file below a node_modules folder, from the checkout's root
 */
function packageOf(file) {
  const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file);
  return match?.[0];
}

/** @param {string} folder */
async function textOf(folder) {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.map((text) => text.trim()).join("\n\n");
}

/**
 * @param {string} root of the checkout
 * @param {Iterable<string>} inputs files that went into bundles, from the root
 * @returns {Promise<string>}
 */
export async function noticesOf(root, inputs) {
  const folders = [...new Set([...inputs].flatMap((file) => packageOf(file) ?? []))].sort();
  const notices = await Promise.all(
    folders.map(async (folder) => {
      const { name, version, license } = /** @type {{ name: string, version: string, license: string }} */ (
        JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"))
      );
      const text = await textOf(join(root, folder));
      return `${name} ${version}: ${license}\n\n${text || "(no text of its own)"}\n`;
    }),
  );
  return notices.join(`\n${"-".repeat(80)}\n\n`);
}
