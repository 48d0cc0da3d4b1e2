// Fetches the files that runtime-files.json pins into runtime-files/ through npm, and verifies them. Intact files are
// kept.
import { chmod, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { digest, reasonOf, withPackage } from "./npm-package.js";

const ROOT = join(import.meta.dirname, "..");
const FILES = join(ROOT, "runtime-files");

/** @typedef {{ name: string, package: string, version: string, integrity: string, path: string, sha256: string, file: string }} Part */

/** @param {Part} part */
async function fetchPart(part) {
  try {
    await withPackage(part, [part.path], async (folder) => {
      const file = join(folder, part.path);
      const sha256 = await digest("sha256", "hex", file);
      if (sha256 !== part.sha256)
        throw new Error(`${part.path} of ${part.package} does not match runtime-files.json: ${sha256}`);
      await chmod(file, 0o644);
      await rename(file, join(FILES, part.file));
    });
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
    const reason = reasonOf(stderr || message);
    throw new Error(`cannot fetch ${part.name} (${part.package}@${part.version}): ${reason}`, {
      cause: error,
    });
  }
}

await mkdir(FILES, { recursive: true });
const { parts } = /** @type {{ parts: Part[] }} */ (
  JSON.parse(await readFile(join(ROOT, "runtime-files.json"), "utf8"))
);
try {
  for (const part of parts) {
    const found = await digest("sha256", "hex", join(FILES, part.file));
    if (found === part.sha256) continue;
    const state = found === undefined ? "missing" : "damaged";
    console.log(
      `setup: ${part.file} is ${state}: fetching ${part.package}@${part.version} from the npm registry`,
    );
    await fetchPart(part);
  }
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  console.error("hint: check the network and the disk's free space, then run this again");
  process.exit(1);
}
