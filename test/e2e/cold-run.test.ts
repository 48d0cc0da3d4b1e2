import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "../registry/fault-proxy.js";
import { push, startRegistry, type Registry } from "../registry/registry.js";
import { box, DRIVER, finish, ONLY_FULL_ON_KRUN, ROOT, run, SAME_ON_KRUN, start } from "./box.js";
import { homeIn, shareTemplates } from "./own-home.js";
import { awaitGone, processesNaming } from "./processes.js";

const LAYOUT = join(ROOT, "build", "images", "busybox");

let registry: Registry;
let proxy: FaultProxy;
let folder: string;
let env: NodeJS.ProcessEnv;
let image: string;
let layer: string;

/** Requests for the layer wait for this promise, then get the layer or an error. */
let held: Promise<"layer" | "error"> | undefined;

function holdLayer(): (answer: "layer" | "error") => void {
  let release: (answer: "layer" | "error") => void = () => undefined;
  held = new Promise((resolve) => (release = resolve));
  return release;
}

async function readLayerDigest(): Promise<string> {
  const read = async (path: string) => JSON.parse(await readFile(join(LAYOUT, path), "utf8")) as unknown;
  const index = (await read("index.json")) as { manifests: { digest: string }[] };
  const blob = `blobs/${index.manifests[0]?.digest.replace(":", "/") ?? ""}`;
  return ((await read(blob)) as { layers: { digest: string }[] }).layers[0]?.digest ?? "";
}

beforeAll(async () => {
  registry = await startRegistry();
  layer = await readLayerDigest();
  proxy = await startFaultProxy(registry.host, async ({ url = "" }, response) => {
    if (!url.endsWith(layer) || (await held) !== "error") return false;
    response.writeHead(404).end();
    return true;
  });
  folder = await mkdtemp(join(ROOT, "build", "e2e-cold-"));
  env = homeIn(folder);
  shareTemplates(join(folder, "home"));
  image = `${proxy.host}/test/busybox:latest`;
  push(LAYOUT, `${registry.host}/test/busybox:latest`);
});
afterEach(async () => {
  held = undefined;
  const left = await boxesIn();
  if (left.length > 0) await box(["rm", "-f", ...left], { env });
  await box(["rmi", "-f", image], { env });
});
afterAll(async () => {
  await proxy.stop();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const boxesIn = () => readdir(join(folder, "home", "boxes")).catch(() => []);

/** CPU time that a process has used, in clock ticks. */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12);
  return Number(user) + Number(system);
}

/** Waits until a VM has done all it can without its image. On a busy host this may resolve slightly too early. */
async function awaitBooted(processes: number[]): Promise<void> {
  const ticks = async () => (await Promise.all(processes.map(ticksOf))).reduce((sum, each) => sum + each, 0);
  for (let before = 0, now = await ticks(); now > before + 2; now = await ticks()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Starts a `box run` whose image does not arrive. Resolves once its monitor and VMM are running. */
async function startCold(words: string[], more: NodeJS.ProcessEnv = {}) {
  const command = start(["run", "-q", "--vmm", DRIVER, "--cpus", "1", image, ...words], {
    env: { ...env, ...more },
  });
  command.stdin?.end();
  const result = finish(command);
  for (;;) {
    const [id] = (await boxesIn()).filter((name) => !name.startsWith("."));
    const processes = id === undefined ? new Map<number, string>() : await processesNaming(id);
    const [monitor] = [...processes].find(([, line]) => line.includes("monitor.js")) ?? [];
    const [vmm] = [...processes].find(([, line]) => line.includes("--disk")) ?? [];
    if (id !== undefined && monitor !== undefined && vmm !== undefined) {
      return { command, result, id, monitor, processes: [...processes.keys()] };
    }
    if (command.exitCode !== null) throw new Error((await result).stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it("a VM boots while its image is being pulled, and then behaves like any other", async () => {
  const release = holdLayer();
  const { result, id, processes } = await startCold(
    ["sh", "-c", "sha256sum /bin/busybox; ls -R /etc; exit 3"],
    // The others continue a template on QEMU.
    { BOX_TEMPLATES: "off" },
  );
  await awaitBooted(processes);
  const { stdout } = await box(["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Status}}"], { env });
  expect(stdout).toBe(`${id} Created\n`);
  release("layer");
  const first = await result;
  expect(first).toMatchObject({ code: 3, stderr: "" });
  expect(await readdir(join(folder, "home", "boxes", id))).not.toContain("pending");
  // Run it again, now with the image in the store. On krun, any other box starts like this.
  if (!ONLY_FULL_ON_KRUN)
    expect(await box(["start", "-a", id], { env })).toMatchObject({ code: 3, stdout: first.stdout });
});

it.skipIf(ONLY_FULL_ON_KRUN)("a failed pull leaves no trace of the box", async () => {
  const release = holdLayer();
  const { result, processes } = await startCold(["true"]);
  release("error");
  const { code, stdout, stderr } = await result;
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr).toMatch(/^box: .*\n(hint: .*\n)?$/);
  await Promise.all(processes.map(awaitGone));
  expect(await boxesIn()).toEqual([]);
  expect(await readdir(join(folder, "home", "names"))).toEqual([]);
});

it.skipIf(ONLY_FULL_ON_KRUN).each(["SIGINT", "SIGKILL"] as const)(
  "a pull that %s ends leaves no trace of the box",
  async (signal) => {
    const release = holdLayer();
    const cidFile = join(folder, signal);
    const { command, result, processes } = await startCold(["--cidfile", cidFile, "true"]);
    command.kill(signal);
    await result;
    release("error");
    await Promise.all(processes.map(awaitGone));
    expect(await boxesIn()).toEqual([]);
    expect(await readdir(join(folder, "home", "names"))).toEqual([]);
    if (signal === "SIGINT") await expect(access(cidFile)).rejects.toThrow("ENOENT");
  },
);

it.skipIf(ONLY_FULL_ON_KRUN)(
  "a monitor killed during the pull is reported in one line, and the box can be started",
  async () => {
    const release = holdLayer();
    const { result, id, monitor, processes } = await startCold(["echo", "ran"]);
    process.kill(monitor, "SIGKILL");
    await Promise.all(processes.map(awaitGone));
    release("layer");
    const { code, stdout, stderr } = await result;
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/^box: the box's monitor was killed.*\n(hint: .*\n)?$/);
    expect(await box(["start", "-a", id], { env })).toMatchObject({ code: 0, stdout: "ran\n" });
  },
);

it.skipIf(SAME_ON_KRUN)("uses a layer that another command has pulled in the meantime", async () => {
  const release = holdLayer();
  const pull = box(["pull", "-q", image], { env });
  while (proxy.count(new RegExp(layer)) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const ran = run(["-q", "--rm", image, "echo", "ran"], { env });
  while ((await boxesIn()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  release("layer");
  expect(await pull).toMatchObject({ code: 0 });
  expect(await ran).toMatchObject({ code: 0, stdout: "ran\n", stderr: "" });
  expect(await boxesIn()).toEqual([]);
});
