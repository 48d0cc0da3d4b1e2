import { chmod, cp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ROOT } from "./box.js";

const FIXTURE = join(ROOT, "test", "fixtures", "home-0.1");
/** Placeholder for the path of BOX_HOME in its files. */
const PLACE = "@HOME@";

interface Image {
  files: { path: string; bytes: number }[];
}

/** Recreates in `home` what box 0.1.0 would have left there (test/fixtures/README.md). */
export async function makeOldHome(home: string): Promise<void> {
  await cp(FIXTURE, home, { recursive: true });
  await chmod(home, 0o700);
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (path.endsWith(".gz")) {
      await writeFile(path.slice(0, -".gz".length), gunzipSync(bytes), { mode: 0o600 });
      await rm(path);
    } else if (bytes.includes(PLACE)) await writeFile(path, bytes.toString().replaceAll(PLACE, home));
  }
  for (const name of await readdir(join(home, "names"))) {
    const path = join(home, "names", name);
    const id = await readFile(path, "utf8");
    await rm(path);
    await symlink(id, path);
  }
  for (const digest of await readdir(join(home, "images"))) {
    const path = join(home, "images", digest, "image.json");
    const image = JSON.parse(await readFile(path, "utf8")) as Image;
    // A different path changes the size of the file.
    for (const file of image.files) file.bytes = (await stat(join(home, file.path))).size;
    await writeFile(path, JSON.stringify(image));
  }
}
