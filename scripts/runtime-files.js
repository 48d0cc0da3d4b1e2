// Fetches the runtime files that runtime-files.json pins: through npm, verified, into runtime-files/. What is there and whole stays.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";

const ROOT = join(import.meta.dirname, "..");
const ENGINE = join(ROOT, "runtime-files");

/** @returns {Promise<string | undefined>} digest of a file; undefined when it is not there */
async function digest(algorithm, encoding, path) {
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest(encoding);
}

async function fetchPart(part) {
  await mkdir(join(ROOT, "build"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "build", "engine-"));
  const spec = `${part.package}@${part.version}`;
  try {
    const args = ["pack", spec, "--ignore-scripts", "--json", "--pack-destination", folder];
    const output = execFileSync("npm", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    // npm 10 names the file in a list, npm 11 in an object by package.
    const [packed] = Object.values(JSON.parse(output));
    const archive = join(folder, packed.filename.replace("@", "").replace("/", "-"));
    const integrity = `sha512-${await digest("sha512", "base64", archive)}`;
    if (integrity !== part.integrity)
      throw new Error(`${spec} is not what runtime-files.json pins: ${integrity}`);
    await extract({ file: archive, cwd: folder }, [part.path]);
    const file = join(folder, part.path);
    const sha256 = await digest("sha256", "hex", file);
    if (sha256 !== part.sha256)
      throw new Error(`${part.path} of ${spec} is not what runtime-files.json pins: ${sha256}`);
    await chmod(file, 0o644);
    await rename(file, join(ENGINE, part.file));
  } catch (error) {
    const [reason] = (error.stderr || error.message).trim().split("\n");
    throw new Error(`cannot fetch ${part.name} (${spec}): ${reason}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await mkdir(ENGINE, { recursive: true });
const { parts } = JSON.parse(await readFile(join(ROOT, "runtime-files.json"), "utf8"));
try {
  for (const part of parts) {
    const found = await digest("sha256", "hex", join(ENGINE, part.file));
    if (found === part.sha256) continue;
    const state = found === undefined ? "missing" : "damaged";
    console.log(
      `setup: ${part.file} is ${state}: fetching ${part.package}@${part.version} from the npm registry`,
    );
    await fetchPart(part);
  }
} catch (error) {
  console.error(`setup: ${error.message}`);
  console.error("hint: check the network and `npm ping`, then run this again");
  process.exit(1);
}
