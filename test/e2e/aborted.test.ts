import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Box as LibraryBox, Engine } from "../../src/index.js";
import { DRIVER, start, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { Box, openEngine } from "./library.js";
import { awaitTemplate, fillHome, shareTemplates } from "./own-home.js";
import { awaitNoneNaming, processesNaming } from "./processes.js";

const reason = new Error("no longer wanted");
/** Larger than what any machine copies before the signal arrives. */
const LARGE = 4 * 2 ** 30;
/** When to abort, in milliseconds after the operation begins: each time interrupts a different step. */
const MOMENTS = [0, 5, 50, 300];

let folder: string;
let home: string;
let engine: Engine;
let running: LibraryBox;
/** A box that was created but has never run. */
let created: string;

const own = () => ({ BOX_HOME: home, BOX_RUNTIME: join(folder, "run") });
const flags = { vmm: DRIVER, resources: { vcpus: 1 } } as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-aborted-"));
  home = join(folder, "home");
  shareTemplates(home);
  await fillHome(home);
  engine = openEngine({ env: { ...testEnvironment(), ...own() } });
  running = await Box.create({ engine, ...flags, image: BUSYBOX, cmd: ["sleep", "100000"] });
  await running.exec("truncate", ["-s", String(LARGE), "/large"]);
  const child = start(["create", "--vmm", DRIVER, "--cpus", "1", BUSYBOX, "true"], { env: own() });
  created = String(await once(child.stdout ?? child, "data")).trim();
  await once(child, "close");
  writeFileSync(join(folder, "large"), "");
  truncateSync(join(folder, "large"), LARGE);
  // The first offline session that writes prepares what every start of the box begins with.
  const tar = new PassThrough().end(Buffer.alloc(1024));
  await engine.boxes.unpack(created, "/", tar);
  // The making of a template, and its first use, would count as something that an operation leaves behind.
  if (DRIVER === "qemu") await awaitTemplate(join(home, "templates"));
  await engine.boxes.diff(created);
  await awaitNoneNaming(join(home, "templates", ".making"));
});
afterAll(async () => {
  await Promise.all([running.remove({ force: true }), engine.boxes.remove(created)]);
  await awaitNoneNaming(home);
  rmSync(folder, { recursive: true });
});

/** All files in this BOX_HOME and beside it, except for templates, which are completed in the background. */
function stock(): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^home\/templates\/|events(\.\d)?\.jsonl$|monitor\.log$/.test(path))
    .sort();
}

/** Runs an operation that its signal aborts, and checks what is left behind. */
async function aborted(
  act: (signal: AbortSignal, abort: () => void) => Promise<unknown>,
  moment?: number,
): Promise<void> {
  const [files, processes] = [stock(), [...(await processesNaming(folder)).keys()]];
  const controller = new AbortController();
  const acting = act(controller.signal, () => controller.abort(reason));
  if (moment !== undefined)
    setTimeout(moment).then(
      () => controller.abort(reason),
      () => undefined,
    );
  await expect(acting).rejects.toBe(reason);
  expect(stock().filter((path) => !files.includes(path))).toEqual([]);
  expect([...(await processesNaming(folder)).keys()].filter((pid) => !processes.includes(pid))).toEqual([]);
}

/** Aborts as soon as the first result arrives. */
async function take(results: AsyncIterable<unknown>, abort: () => void): Promise<void> {
  for await (const result of results) {
    expect(result).toBeDefined();
    abort();
  }
}

/** A tar stream that begins and never ends. */
function endless(abort: () => void): PassThrough {
  const stream = new PassThrough();
  stream.write(Buffer.alloc(100), abort);
  return stream;
}

describe("a running box", () => {
  it("keeps running the program of an exec session that is aborted", async () => {
    const program = (argv: string[]) => ({ argv, env: [], stdin: false, privileged: false });
    const controller = new AbortController();
    const argv = ["sh", "-c", "echo here; sleep 99999"];
    const session = await engine.boxes.exec(running.id, program(argv), { signal: controller.signal });
    const following = session.follow({
      onOutput: () => {
        controller.abort(reason);
        return undefined;
      },
    });
    await expect(following).rejects.toBe(reason);
    const { list } = await engine.boxes.processes(running.id);
    expect(list.some(({ command }) => command === "sleep 99999")).toBe(true);
    const attached = new AbortController();
    const workload = await engine.boxes.attach(running.id, { signal: attached.signal });
    attached.abort(reason);
    await expect(workload.follow({})).rejects.toBe(reason);
    expect((await engine.boxes.find(running.id)).state.status).toBe("running");
  });

  it.each<[string, (signal: AbortSignal, abort: () => void) => Promise<unknown>]>([
    [
      "a wait",
      (signal, abort) => {
        setImmediate(abort);
        return engine.boxes.wait(running.id, { signal });
      },
    ],
    [
      "a log that is followed",
      (signal, abort) => {
        setImmediate(abort);
        return take(engine.boxes.logs(running.id, { follow: true, signal }), () => undefined);
      },
    ],
    ["a stream of statistics", (signal, abort) => take(engine.boxes.stats([running.id], { signal }), abort)],
    [
      "a stream of events",
      (signal, abort) => {
        setImmediate(abort);
        return take(engine.system.events({ signal }), () => undefined);
      },
    ],
    ["a tar of a file", (signal, abort) => take(engine.boxes.pack(running.id, "/large", { signal }), abort)],
    ["an export", (signal, abort) => take(engine.boxes.export(running.id, { signal }), abort)],
    [
      "the unpacking of a tar",
      (signal, abort) => engine.boxes.unpack(running.id, "/", endless(abort), { signal }),
    ],
  ])("leaves nothing behind and keeps running when %s is aborted", async (_, act) => {
    await aborted(act);
    await aborted((signal) => {
      const before = new AbortController();
      before.abort(reason);
      return act(AbortSignal.any([signal, before.signal]), () => undefined);
    });
    expect((await running.exec("echo", ["well"])).stdout).toBe("well\n");
  });

  it.each(MOMENTS)("shows no trace of copies and commits that are aborted after %i ms", async (moment) => {
    const into = join(folder, "into");
    mkdirSync(into);
    onTestFinished(() => rmSync(into, { recursive: true }));
    const { boxes } = engine;
    await aborted((signal) => boxes.copyIn(join(folder, "large"), running.id, "/copy", { signal }), moment);
    await aborted((signal) => boxes.copyOut(running.id, "/large", into, { signal }), moment);
    await aborted((signal) => boxes.commit(running.id, { name: "copy", signal }), moment);
    await aborted((signal) => boxes.diff(running.id, { signal }), 0);
    expect((await running.exec("rm", ["-f", "/copy"])).exitCode).toBe(0);
  });
});

describe("a box that is not running", () => {
  it.each(MOMENTS)(
    "has no VM left after an operation is aborted after %i ms, and stays usable",
    async (moment) => {
      const { boxes } = engine;
      await aborted((signal) => boxes.copyIn(join(folder, "large"), created, "/copy", { signal }), moment);
      await aborted((signal) => boxes.diff(created, { signal }), moment / 2);
    },
  );

  it("aborts an operation that waits for another offline session", async () => {
    let begun = (): void => undefined;
    const going = new Promise<void>((resolve) => (begun = resolve));
    const first = new AbortController();
    async function* tar() {
      begun();
      yield Buffer.alloc(100);
      await new Promise<never>(() => undefined);
    }
    const session = engine.boxes.unpack(created, "/", tar(), { signal: first.signal });
    await going;
    await aborted((signal, abort) => {
      setImmediate(abort);
      return engine.boxes.start(created, { signal });
    });
    first.abort(reason);
    await expect(session).rejects.toBe(reason);
  });
});

it.each([0, 20, 100, 2000])(
  "a creation that is aborted after %i ms leaves a complete box or none",
  async (moment) => {
    const files = stock();
    const controller = new AbortController();
    const making = Box.create({
      ...{ engine, ...flags, image: BUSYBOX, cmd: ["sleep", "100000"], signal: controller.signal },
      // Each layer size needs its own template, which is created first.
      resources: { vcpus: 1, diskMb: 512 + moment },
    });
    setTimeout(moment).then(
      () => controller.abort(reason),
      () => undefined,
    );
    const box = await making.catch((error: unknown) => {
      expect(error).toBe(reason);
    });
    await box?.remove({ force: true });
    expect(stock()).toEqual(files);
    expect(stock().filter((path) => path.endsWith(".tmp"))).toEqual([]);
  },
);

it("a creation that is aborted as soon as its VM has been launched leaves no box", async () => {
  const files = stock();
  const controller = new AbortController();
  const boxes = {
    ...engine.boxes,
    run: async (...args: Parameters<typeof engine.boxes.run>) => {
      const running = await engine.boxes.run(...args);
      controller.abort(reason);
      return running;
    },
  };
  const making = Box.create({
    ...{ engine: { ...engine, boxes }, ...flags, image: BUSYBOX, cmd: ["sleep", "100000"] },
    signal: controller.signal,
  });
  await expect(making).rejects.toBe(reason);
  expect(stock()).toEqual(files);
});

describe("Ctrl-C", () => {
  /** Sends SIGINT when a file whose name matches appears in a directory. */
  async function interrupted(args: string[], where: string, name: RegExp): Promise<void> {
    const files = stock();
    const watching = watch(where);
    const child = start(args, { env: own() });
    child.stdout?.resume();
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
    const ended = once(child, "close");
    const appeared = (async () => {
      for (;;) {
        const [, file] = (await once(watching, "change")) as [string, string];
        if (name.test(file)) return;
      }
    })();
    await Promise.race([appeared, ended]);
    watching.close();
    child.kill("SIGINT");
    // A shell turns this into exit code 130.
    expect([await ended, said]).toEqual([[null, "SIGINT"], ""]);
    await awaitNoneNaming(join(folder, "never"));
    expect(stock()).toEqual(files);
  }

  it("leaves no trace of an interrupted export, copy, commit or diff", async () => {
    const out = join(folder, "out");
    mkdirSync(out);
    onTestFinished(() => rmSync(out, { recursive: true }));
    await interrupted(["export", "-o", join(out, "web.tar"), running.id], out, /^\.box-/);
    await interrupted(["cp", "-q", `${running.id}:/large`, out], out, /^\.box-cp-/);
    await interrupted(["commit", running.id, "copy"], join(home, "tmp"), /^pull-/);
    await interrupted(["diff", created], join(folder, "run"), /./);
  });
});
