import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, finish, ROOT } from "./box.js";
import { BUSYBOX } from "./images.js";
import { fillHome, homeIn, shareTemplates } from "./own-home.js";
import { awaitNoneNaming, processesNaming } from "./processes.js";

/** Inside box's own directory, where `import … from "box"` resolves to the library that was built. */
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await mkdir(join(ROOT, "build"), { recursive: true });
  folder = await mkdtemp(join(ROOT, "build", "library-programs-"));
  env = homeIn(folder);
  await mkdir(join(folder, "home"), { mode: 0o700 });
  await fillHome(join(folder, "home"));
  shareTemplates(join(folder, "home"));
  // QEMU has a template of the usual size.
  const source = (await readFile(join(ROOT, "examples", "five-boxes.ts"), "utf8")).replace(
    ", memoryMb: 256",
    "",
  );
  const { code } = await transform(source, { loader: "ts", target: "node20", format: "esm" });
  await writeFile(join(folder, "five-boxes.mjs"), code);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function runProgram(file: string): ChildProcess {
  return spawn(process.execPath, [file, BUSYBOX], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: "pipe",
  });
}

const mounts = () => readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
const below = (path: string) => readdirSync(path, { recursive: true, encoding: "utf8" }).sort();

/** All traces of boxes: their directories, names and sockets, without the image store and events. */
async function traces(): Promise<string[]> {
  const [boxes, names, sockets] = await Promise.all(
    [join(folder, "home", "boxes"), join(folder, "home", "names"), join(folder, "run")].map((path) =>
      readdir(path, { recursive: true }).catch(() => []),
    ),
  );
  return [...(boxes ?? []), ...(names ?? []), ...(sockets ?? [])];
}

it("runs five boxes at once, streams their output and leaves nothing behind", async () => {
  const before = {
    mounts: mounts(),
    files: below(join(folder, "home")).filter((path) => !path.startsWith("events")),
  };
  const { code, stdout, stderr } = await finish(runProgram("five-boxes.mjs"));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("sums: 111 222 333 444 555\n");
  expect(stdout.match(/^\w+: and \d+$/gm)).toHaveLength(15);
  await awaitNoneNaming(folder);
  expect(await traces()).toEqual([]);
  expect(mounts()).toBe(before.mounts);
});

it("leaves five boxes that can be listed and removed when it is killed halfway", async () => {
  const before = mounts();
  const source = await readFile(join(folder, "five-boxes.mjs"), "utf8");
  const slow = source.replace('echo "and $n"', 'echo "and $n"; sleep 1000');
  expect(slow).not.toBe(source);
  await writeFile(join(folder, "slow-boxes.mjs"), slow);
  const program = runProgram("slow-boxes.mjs");
  let text = "";
  for await (const data of program.stdout as Readable) {
    text += String(data);
    if (text.split(": and ").length > 5) break;
  }
  program.kill("SIGKILL");
  const ids = (await box(["ps", "-aq"], { env })).stdout.trim().split("\n");
  expect(ids).toHaveLength(5);
  expect((await box(["rm", "-f", ...ids], { env })).code).toBe(0);
  await awaitNoneNaming(join(folder, "home"));
  expect(await traces()).toEqual([]);
  expect(mounts()).toBe(before);
});

it("exits after creating a box, and the box keeps running", async () => {
  const text = `import { Box, openEngine } from "box";
    const box = await Box.create({ engine: openEngine(), image: process.argv[2], resources: { vcpus: 1 }, record: { name: "goes-on" } });
    const run = box.exec("echo", ["hello"]);
    for await (const { data } of run) { process.stdout.write(data); break; }
    await box.waitFor({ log: "nothing" }, { timeoutMs: 10 }).catch((error) => console.log(error.code));
    console.log((await box.stats()).pids > 0);`;
  await writeFile(join(folder, "goes-on.mjs"), text);
  const { code, stdout, stderr } = await finish(runProgram("goes-on.mjs"));
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "hello\ntimed-out\ntrue\n", stderr: "" });
  expect((await box(["ps", "-q"], { env })).stdout.trim().split("\n")).toHaveLength(1);
  expect((await processesNaming(join(folder, "home"))).size).toBeGreaterThan(0);
  expect((await box(["rm", "-f", "goes-on"], { env })).code).toBe(0);
  await awaitNoneNaming(join(folder, "home"));
});
