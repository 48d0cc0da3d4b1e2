// Boots a guest under QEMU with its console on this terminal and a shell in the boot disk:
//
//   npm run debug-guest -- [BOX] [QEMU-OPTION…]
//
// The machine is the driver's, but without a jail and a monitor. With BOX, it has the disks of that box, and discards
// writes to them; otherwise it has small disks of its own. Options such as `-s -S` are passed to QEMU.
import { build } from "esbuild";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BUNDLE } from "./bundle-options.js";

const ROOT = join(import.meta.dirname, "..");
const WORK = join(ROOT, "build", "debug-guest");
const AGENT = join(WORK, "agent.sock");
const LAYER_BYTES = 256 * 2 ** 20; // sparse

/**
 * Loads the driver, and the code that describes disks, from the current sources.
 * @returns {Promise<{
 *   qemu: typeof import("../src/vm/drivers/qemu/driver.js").qemu,
 *   vmdkDescriptor: typeof import("../src/oci/index/vmdk.js").vmdkDescriptor,
 * }>}
 */
async function loadSources() {
  const contents = `
    export { qemu } from "./src/vm/drivers/qemu/driver.js";
    export { vmdkDescriptor } from "./src/oci/index/vmdk.js";`;
  const outfile = join(WORK, "sources.mjs");
  const stdin = { contents, resolveDir: ROOT, sourcefile: "sources.js" };
  await build({ ...BUNDLE, absWorkingDir: ROOT, stdin, outfile });
  return /** @type {ReturnType<typeof loadSources>} */ (import(pathToFileURL(outfile).href));
}

/** Creates a writable layer as for a new box. */
function makeLayer() {
  const path = join(WORK, "layer.ext4");
  rmSync(path, { force: true });
  writeFileSync(path, "");
  truncateSync(path, LAYER_BYTES);
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", path], {
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
  return path;
}

/** @param {string} box name or ID */
function disksOf(box) {
  const words = [join(ROOT, "dist", "box.js"), "inspect", "--format", "{{.LogPath}}", box];
  const stdio = /** @type {["ignore", "pipe", "inherit"]} */ (["ignore", "pipe", "inherit"]);
  const folder = dirname(execFileSync(process.execPath, words, { encoding: "utf8", stdio }).trim());
  const layer = join(folder, "upper.ext4");
  const record = /** @type {{ image: { disk: string } }} */ (
    JSON.parse(readFileSync(join(folder, "box.json"), "utf8"))
  );
  return {
    imageDisk: record.image.disk,
    // A box that has never run has none yet.
    writableDisk: existsSync(layer) ? layer : makeLayer(),
  };
}

/**
 * The disks of a guest without a box: the boot disk also serves as its image.
 * @param {string} bootDisk
 * @param {(extents: { path: string, bytes: number }[]) => string} vmdkDescriptor
 */
function ownDisks(bootDisk, vmdkDescriptor) {
  const imageDisk = join(WORK, "image.vmdk");
  writeFileSync(imageDisk, vmdkDescriptor([{ path: bootDisk, bytes: statSync(bootDisk).size }]));
  return { imageDisk, writableDisk: makeLayer() };
}

/**
 * Takes the driver's arguments and redirects the console to this terminal.
 * @param {string} argument of QEMU
 */
function forDebugging(argument) {
  if (argument.includes(" console=hvc0 ")) return argument.replace(" quiet", "");
  if (argument.startsWith("file,id=console,")) return "stdio,id=console,mux=on,signal=off";
  if (argument.startsWith("socket,id=agent,")) return `socket,id=agent,path=${AGENT},server=on,wait=off`;
  if (argument.startsWith("id=upper,")) return `${argument},snapshot=on`;
  return argument;
}

async function main() {
  const [first, ...rest] = process.argv.slice(2);
  const box = first?.startsWith("-") ? undefined : first;
  const options = box === undefined ? process.argv.slice(2) : rest;
  mkdirSync(WORK, { recursive: true });
  execFileSync("make", ["--silent", "-C", join(ROOT, "native", "agent"), "debug-disk"], { stdio: "inherit" });
  const bootDisk = join(ROOT, "build", "agent", "debug.erofs");
  const { qemu, vmdkDescriptor } = await loadSources();
  const disks = box === undefined ? ownDisks(bootDisk, vmdkDescriptor) : disksOf(box);
  /** @type {import("../src/vm/drivers/driver.js").VmSpec} */
  const spec = {
    runtimeFiles: /** @type {import("../src/vm/runtime-files.js").RuntimeFiles} */ ({
      kernel: join(ROOT, "runtime-files", "kernel.elf"),
      bootDisk,
    }),
    ...{
      vcpus: 1,
      memoryMb: 512,
      diskMb: 0,
      ...disks,
      writableDiskReadOnly: false,
      blankLayer: false,
      persistent: false,
    },
    ...{ volumes: [], network: "none", ports: [], allowHost: false, logLevel: "info" },
  };
  const words = qemu.vmmArguments(spec, { kind: "boot", console: "pipe" });
  const [program = "", ...machine] = words.slice(words.indexOf("--") + 1).map(forDebugging);
  console.log(`debug-guest: Ctrl-A X quits QEMU, Ctrl-A C shows its monitor; the agent's port is ${AGENT}`);
  const child = spawn(program, [...machine, "-mon", "chardev=console", ...options], { stdio: "inherit" });
  // The guest receives Ctrl-C.
  process.on("SIGINT", () => undefined);
  child.on("error", (error) => {
    console.error(`debug-guest: cannot start ${program}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => (process.exitCode = code ?? 1));
}

await main();
