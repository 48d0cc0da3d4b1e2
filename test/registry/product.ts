import { build } from "esbuild";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BUNDLE, REQUIRE_BANNER } from "../../scripts/bundle-options.js";
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

/** A function of a store, as one of the test's own store. */
type Bound<F> = F extends (store: Store, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

const bind =
  <Rest extends unknown[], Result>(act: (store: Store, ...rest: Rest) => Result) =>
  (...rest: Rest): Result =>
    act(currentStore(), ...rest);

export interface Product {
  ensureImage: Bound<typeof Images.ensureImage>;
  listImages: Bound<typeof List.listImages>;
  pullImage: Bound<typeof Pull.pullImage>;
  findCurrent: Bound<typeof Current.findCurrent>;
  pushImage: Bound<typeof Push.pushImage>;
  tagImage: Bound<typeof Tag.tagImage>;
  loadArchive: Bound<typeof Load.loadArchive>;
  findToSave: Bound<typeof Find.findToSave>;
  saveArchive: Bound<typeof Save.saveArchive>;
  /** A module to be run by Node: `node FILE REFERENCE` pulls an image and prints its digest. */
  command: string;
  remove: () => Promise<void>;
}

/** src/oci as it ships: bundled. */
export async function bundleProduct(): Promise<Product> {
  await mkdir(join(ROOT, "build"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "build", "oci-"));
  await symlink(join(ROOT, "dist", "native"), join(folder, "native"));
  const command = `
    import { homeOf } from "./src/host/home.js";
    import { ensureImage } from "./src/oci/images.js";
    import { storeOf } from "./src/oci/store/store.js";
    const [reference = "", pull = "missing"] = process.argv.slice(2);
    try {
      const onProgress = ({ phase }) => process.stderr.write(phase + "\\n");
      process.stdout.write((await ensureImage(storeOf(homeOf(process.env)), reference, { pull, onProgress })).digest);
    } catch (error) {
      process.stdout.write(String(error.code));
      process.exitCode = 1;
    }`;
  const common = {
    ...BUNDLE,
    absWorkingDir: ROOT,
    outdir: folder,
    banner: REQUIRE_BANNER,
  };
  await build({
    ...common,
    entryPoints: {
      images: "src/oci/images.ts",
      list: "src/oci/list.ts",
      pull: "src/oci/pull/pull.ts",
      current: "src/oci/pull/current.ts",
      push: "src/oci/push/push.ts",
      tag: "src/oci/tag.ts",
      load: "src/oci/archive/load.ts",
      find: "src/oci/archive/find.ts",
      save: "src/oci/archive/save.ts",
    },
    splitting: true,
  });
  await build({ ...common, stdin: { contents: command, resolveDir: ROOT, sourcefile: "command.js" } });
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
    ensureImage: bind(images.ensureImage),
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
