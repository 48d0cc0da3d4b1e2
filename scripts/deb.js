// Creates box_VERSION_amd64.deb from the build: `npm run deb`. The result is reproducible.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { withPackage } from "./npm-package.js";

const ROOT = join(import.meta.dirname, "..");
const PACKAGING = join(ROOT, "packaging");
const BUILD = join(ROOT, "build", "deb");
const STAGE = join(BUILD, "root");
/** The directory of box, whose Node nothing else uses. */
const HOME = "/usr/lib/box";
const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/box",
  zsh: "usr/share/zsh/vendor-completions/_box",
  fish: "usr/share/fish/vendor_completions.d/box.fish",
};
/** Only for programs that import box; contained in the npm package. */
const LIBRARY = /^(types|index\.js|code\/index\.js.*)$/;

/** @param {string} program @param {string[]} args */
const run = (program, ...args) =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** @param {string} path in the package @param {string | Uint8Array} content */
async function put(path, content) {
  const file = join(STAGE, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** @param {string} content */
const zip = (content) => gzipSync(content, { level: 9 });

/** Fetches the pinned Node and strips its symbols. @returns {Promise<string>} its folder */
async function fetchNode() {
  const pin = /** @type {{ package: string, version: string, integrity: string }} */ (
    JSON.parse(await readFile(join(PACKAGING, "deb", "node.json"), "utf8"))
  );
  const kept = join(BUILD, `node-${pin.version}`);
  if (existsSync(kept)) return kept;
  console.log(`deb: fetching ${pin.package}@${pin.version} from the npm registry`);
  await withPackage(pin, ["package/bin/node", "package/LICENSE"], async (folder) => {
    const found = join(folder, "package");
    run("strip", join(found, "bin", "node"));
    await mkdir(BUILD, { recursive: true });
    await rename(found, kept);
  });
  return kept;
}

async function stageProgram() {
  const home = join(STAGE, HOME);
  const dist = join(home, "dist");
  await mkdir(home, { recursive: true });
  const node = await fetchNode();
  for (const name of ["bin/node", "LICENSE"]) await cp(join(node, name), join(home, "node", name));
  // Not libisal, because the package depends on the system's; man pages go elsewhere.
  const apart = ["lib", "man"].map((name) => join(ROOT, "dist", name));
  await cp(join(ROOT, "dist"), dist, {
    recursive: true,
    filter: (file) => !apart.includes(file) && !file.endsWith(".cache"),
  });
  for (const name of ["boot.erofs", "kernel.elf", "libkrun.so.1", "sha256.json"])
    await cp(join(ROOT, "runtime-files", name), join(home, "runtime-files", name));
  for (const name of [
    "box-layer",
    "box-network",
    "box-seccomp",
    "box-vmm",
    "libboxshare.so",
    "libboxmemory.so",
  ])
    run("strip", join(dist, "native", name));
  // A code cache works only for the Node that wrote it.
  const codeCache = join(ROOT, "scripts", "code-cache.js");
  run(join(home, "node", "bin", "node"), "--random-seed=1", codeCache, dist);
  for (const name of await readdir(dist, { recursive: true }))
    if (LIBRARY.test(name)) await rm(join(dist, name), { recursive: true });
  await mkdir(join(STAGE, "usr", "bin"), { recursive: true });
  await symlink("../lib/box/dist/box", join(STAGE, "usr", "bin", "box"));
  for (const [shell, path] of Object.entries(COMPLETIONS))
    await put(path, run(join(ROOT, "dist", "box"), "completion", shell));
}

/** @param {string} version */
async function stageDocumentation(version) {
  const doc = "usr/share/doc/box";
  await put(`${doc}/copyright`, await readFile(join(PACKAGING, "deb", "copyright")));
  await put(`${doc}/changelog.gz`, zip(await readFile(join(ROOT, "CHANGELOG.md"), "utf8")));
  for (const [from, to] of [
    ["README.md", "README.md"],
    ["docs", "docs"],
    ["packaging/licenses", "licenses"],
    ["dist/licenses.txt", "licenses/npm.txt"],
  ])
    await cp(join(ROOT, from ?? ""), join(STAGE, doc, to ?? ""), { recursive: true });
  const profile = await readFile(join(PACKAGING, "apparmor", "box-vmm"), "utf8");
  await put("usr/share/box/apparmor/box-vmm", profile.replaceAll("@BOX_VMM@", `${HOME}/dist/native/box-vmm`));
  const man = join(ROOT, "dist", "man");
  if (!existsSync(man)) console.log(`deb: box ${version} has no man pages in dist/man`);
  else
    for (const name of await readdir(man))
      await put(`usr/share/man/man1/${name}.gz`, zip(await readFile(join(man, name), "utf8")));
}

/** Makes everything readable for all and writable only for root, regardless of the umask. */
async function settleModes() {
  for (const entry of await readdir(STAGE, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) {
      const head = (await readFile(path)).subarray(0, 4).toString("latin1");
      const isProgram = (head === "\x7fELF" && !/\.so(\.|$)/.test(path)) || head.startsWith("#!");
      await chmod(path, isProgram ? 0o755 : 0o644);
    }
  }
  await chmod(STAGE, 0o755);
}

/** @param {string} version */
async function writeControl(version) {
  const sums = [];
  let bytes = 0;
  const entries = await readdir(STAGE, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const path of files.sort()) {
    const content = await readFile(path);
    bytes += content.length;
    sums.push(`${createHash("md5").update(content).digest("hex")}  ${relative(STAGE, path)}\n`);
  }
  const maintainer = process.env["DEB_MAINTAINER"] ?? "the authors of box <box@localhost>";
  if (/[\n\r]/.test(maintainer)) throw new Error("DEB_MAINTAINER must be one line");
  const control = (await readFile(join(PACKAGING, "deb", "control"), "utf8"))
    // With a hyphen, dpkg would take 0.2.0-rc.1 to be newer than 0.2.0.
    .replace("@VERSION@", version.replace("-", "~"))
    .replace("@MAINTAINER@", () => maintainer)
    .replace("@SIZE@", String(Math.ceil(bytes / 1024)));
  await put("DEBIAN/control", control);
  await put("DEBIAN/md5sums", sums.join(""));
  for (const name of ["postinst", "postrm"])
    await put(`DEBIAN/${name}`, await readFile(join(PACKAGING, "deb", name)));
}

/** The time of the last change to the sources, used for all times in the package. */
function epoch() {
  const given = process.env["SOURCE_DATE_EPOCH"];
  return given ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT, encoding: "utf8" }).trim();
}

const { version } = /** @type {{ version: string }} */ (
  JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"))
);
const pack = join(ROOT, "scripts", "pack.js");
await rm(STAGE, { recursive: true, force: true });
try {
  run(process.execPath, pack, "--check");
  await stageProgram();
  await stageDocumentation(version);
  await writeControl(version);
  await settleModes();
  const file = join(ROOT, `box_${version}_amd64.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "--threads-max=1", "--build", STAGE, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: epoch() },
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(relative(process.cwd(), file));
} finally {
  run(process.execPath, pack, "--done");
  await rm(STAGE, { recursive: true, force: true });
}
