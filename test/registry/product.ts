import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BUNDLE, REQUIRE_BANNER } from "../../scripts/bundle-options.js";
import { reachOf } from "../../scripts/tests/imports.js";
import type * as Find from "../../src/oci/archive/find.js";
import type * as Load from "../../src/oci/archive/load.js";
import type * as Save from "../../src/oci/archive/save.js";
import type * as Images from "../../src/oci/images.js";
import type * as List from "../../src/oci/list.js";
import type * as Current from "../../src/oci/pull/current.js";
import type * as Pull from "../../src/oci/pull/pull.js";
import type * as Push from "../../src/oci/push/push.js";
import type { Store } from "../../src/oci/store/store.js";
import type * as Tag from "../../src/oci/tag.js";
import { currentStore } from "../unit/current.js";

const ROOT = process.cwd();

/** A function whose first parameter, the store, is bound to the test's store. */
type Bound<F> = F extends (store: Store, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

const bind =
  <Rest extends unknown[], Result>(act: (store: Store, ...rest: Rest) => Result) =>
  (...rest: Rest): Result =>
    act(currentStore(), ...rest);

export interface Product {
  ensureStored: Bound<typeof Images.ensureStored>;
  listImages: Bound<typeof List.listImages>;
  pullImage: Bound<typeof Pull.pullImage>;
  findCurrent: Bound<typeof Current.findCurrent>;
  pushImage: Bound<typeof Push.pushImage>;
  tagImage: Bound<typeof Tag.tagImage>;
  loadArchive: Bound<typeof Load.loadArchive>;
  findToSave: Bound<typeof Find.findToSave>;
  saveArchive: Bound<typeof Save.saveArchive>;
  /** Path of a Node script: `node FILE REFERENCE` pulls an image and prints its digest. */
  command: string;
  remove: () => Promise<void>;
}

/** A module to be run by Node, for tests that end the process that pulls. */
const COMMAND = `
    import { homeOf } from "./src/host/home.js";
    import { ensureStored } from "./src/oci/images.js";
    import { storeOf } from "./src/oci/store/store.js";
    const [reference = "", pull = "missing"] = process.argv.slice(2);
    try {
      const onProgress = ({ phase }) => process.stderr.write(phase + "\\n");
      process.stdout.write((await ensureStored(storeOf(homeOf(process.env)), reference, { pull, onProgress })).digest);
    } catch (error) {
      process.stdout.write(String(error.code));
      process.exitCode = 1;
    }`;

const ENTRIES = {
  images: "src/oci/images.ts",
  list: "src/oci/list.ts",
  pull: "src/oci/pull/pull.ts",
  current: "src/oci/pull/current.ts",
  push: "src/oci/push/push.ts",
  tag: "src/oci/tag.ts",
  load: "src/oci/archive/load.ts",
  find: "src/oci/archive/find.ts",
  save: "src/oci/archive/save.ts",
};

/** The bundles, made once for each state of the sources. @returns their folder in build */
async function provideBundles(): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(import.meta.filename));
  hash.update(readFileSync(join(ROOT, "package-lock.json")));
  const sources = new Set(Object.values(ENTRIES).flatMap((file) => [...reachOf(file)]));
  for (const file of [...sources].sort()) hash.update(file).update(readFileSync(join(ROOT, file)));
  const folder = join(ROOT, "build", "product", hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  const common = { ...BUNDLE, absWorkingDir: ROOT, outdir: made, banner: REQUIRE_BANNER };
  await build({ ...common, entryPoints: ENTRIES, splitting: true });
  await build({ ...common, stdin: { contents: COMMAND, resolveDir: ROOT, sourcefile: "command.js" } });
  // Another test may have been quicker.
  await rename(made, folder).catch(() => rm(made, { recursive: true }));
  return folder;
}

/** Bundles src/oci, as for a release. */
export async function bundleProduct(): Promise<Product> {
  const bundles = await provideBundles();
  // A folder for each test: modules have a state, and Node knows them by their paths.
  const folder = await mkdtemp(join(ROOT, "build", "oci-"));
  await cp(bundles, folder, { recursive: true });
  await symlink(join(ROOT, "dist", "native"), join(folder, "native"));
  const load = (name: string): Promise<unknown> => import(pathToFileURL(join(folder, name)).href);
  const images = (await load("images.js")) as typeof Images;
  const { listImages } = (await load("list.js")) as typeof List;
  const { loadArchive } = (await load("load.js")) as typeof Load;
  const { findToSave } = (await load("find.js")) as typeof Find;
  const { saveArchive } = (await load("save.js")) as typeof Save;
  const pull = (await load("pull.js")) as typeof Pull;
  const push = (await load("push.js")) as typeof Push;
  const { findCurrent } = (await load("current.js")) as typeof Current;
  const { tagImage } = (await load("tag.js")) as typeof Tag;
  return {
    ensureStored: bind(images.ensureStored),
    listImages: bind(listImages),
    loadArchive: bind(loadArchive),
    findToSave: bind(findToSave),
    saveArchive: bind(saveArchive),
    pullImage: bind(pull.pullImage),
    pushImage: bind(push.pushImage),
    findCurrent: bind(findCurrent),
    tagImage: bind(tagImage),
    command: join(folder, "stdin.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
