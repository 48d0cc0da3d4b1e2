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
import type * as Tag from "../../src/oci/tag.js";

const ROOT = process.cwd();

export interface Product {
  ensureImage: typeof Images.ensureImage;
  listImages: typeof List.listImages;
  pullImage: typeof Pull.pullImage;
  findCurrent: typeof Current.findCurrent;
  pushImage: typeof Push.pushImage;
  tagImage: typeof Tag.tagImage;
  loadArchive: typeof Load.loadArchive;
  findToSave: typeof Find.findToSave;
  saveArchive: typeof Save.saveArchive;
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
    import { ensureImage } from "./src/oci/images.js";
    const [reference = "", pull = "missing"] = process.argv.slice(2);
    try {
      const onProgress = ({ phase }) => process.stderr.write(phase + "\\n");
      process.stdout.write((await ensureImage(reference, { pull, onProgress })).digest);
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
    ensureImage: images.ensureImage,
    listImages,
    loadArchive,
    findToSave,
    saveArchive,
    pullImage: pull.pullImage,
    pushImage: push.pushImage,
    findCurrent,
    tagImage,
    command: join(folder, "stdin.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
