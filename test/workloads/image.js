// Builds the image of a workload: a Debian base, which all share, and a layer with the workload's packages.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { configureApt, mirror, must } from "../distros/base.js";
import { recipe } from "../recipe.js";

export const BUILD = join(import.meta.dirname, "..", "..", "build", "workloads");
const RELEASE = "bookworm";
const INSTALL = join(import.meta.dirname, "install");
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const BASE_PACKAGES = ["ca-certificates", "curl", "netcat-openbsd", "procps"];
const KEY = recipe([import.meta.filename, INSTALL]).slice(0, 12);

/** Not installed. Maintainer scripts need the directories of manual pages. */
const LEFT_OUT = ["/usr/share/doc/*", "/usr/share/man/*/*", "/usr/share/info/*", "/usr/share/locale/*"];

/** Creates the base on the first use. @returns {string} its directory, with `root` and `layer.tar` */
function makeBase() {
  const folder = join(BUILD, `base-${KEY}`);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const name of ["root", "archives/partial", "lists/partial"])
    mkdirSync(join(fresh, name), { recursive: true });
  const root = join(fresh, "root");
  const include = `--include=${BASE_PACKAGES.join(",")}`;
  must("debootstrap", "--variant=minbase", include, RELEASE, root, mirror());
  writeFileSync(
    join(root, "etc/dpkg/dpkg.cfg.d/workloads"),
    `force-unsafe-io\n${LEFT_OUT.map((path) => `path-exclude ${path}\n`).join("")}`,
  );
  // No package may start its service while it is being installed.
  writeFileSync(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  configureApt(root);
  const contents = ["/var/cache/apt/archives/*", "/var/lib/apt/lists/*", ...LEFT_OUT];
  const emptied = contents.map((path) => join(root, path.replaceAll("/*", "")));
  must("find", ...emptied, "!", "-type", "d", "-delete");
  must("tar", "--numeric-owner", "-C", root, "-cf", join(fresh, "layer.tar"), ".");
  renameSync(fresh, folder);
  return folder;
}

/** @param {string} path */
async function digestOf(path) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(/** @type {Buffer} */ (chunk));
  return `sha256:${hash.digest("hex")}`;
}

/**
 * Writes an OCI layout.
 * @param {string} folder
 * @param {string[]} tars moved into it, or linked
 */
async function writeLayout(folder, tars) {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const layers = [];
  for (const tar of tars) {
    const digest = await digestOf(tar);
    must("ln", "-f", tar, join(blobs, digest.slice(7)));
    layers.push({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: statSync(tar).size });
  }
  /** @param {string} mediaType @param {object} value */
  const put = (mediaType, value) => {
    const data = JSON.stringify(value);
    const hex = createHash("sha256").update(data).digest("hex");
    writeFileSync(join(blobs, hex), data);
    return {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: `sha256:${hex}`,
      size: data.length,
    };
  };
  const config = put("config.v1+json", {
    architecture: "amd64",
    os: "linux",
    config: { Env: [PATH, "LANG=C.UTF-8"], Cmd: ["bash"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put("manifest.v1+json", { schemaVersion: 2, mediaType, config, layers });
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

/**
 * Builds the image unless box has it already.
 * @param {import("./list.js").Workload} workload
 * @param {NodeJS.ProcessEnv} env of box
 * @returns {Promise<string>} its reference
 */
export async function makeImage({ name, packages, setup }, env) {
  const key = createHash("sha256")
    .update(JSON.stringify([KEY, packages, setup]))
    .digest("hex")
    .slice(0, 12);
  const reference = `workload/${name}:${key}`;
  const box = join(import.meta.dirname, "..", "..", "dist", "box");
  const ask = (/** @type {string[]} */ ...args) => spawnSync(box, args, { env, encoding: "utf8" });
  if (ask("image", "inspect", reference).status === 0) return reference;
  const base = makeBase();
  const work = join(BUILD, `work-${name}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const tar = join(work, "layer.tar");
  const inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"];
  must(...inside, INSTALL, join(base, "root"), work, tar, setup.join("\n"), ...packages);
  const layout = join(work, "layout");
  await writeLayout(layout, [join(base, "layer.tar"), tar]);
  const { status, stderr } = ask("tag", `oci:${layout}`, reference);
  if (status !== 0) throw new Error(`box tag gave ${String(status)}: ${stderr}`);
  rmSync(work, { recursive: true });
  return reference;
}
