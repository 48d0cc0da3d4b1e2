import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEngine, type Engine } from "../../../src/engine/engine.js";
import { homeOf, type Home } from "../../../src/host/home.js";
import { makeRuntimeFolder } from "../../../src/host/runtime-folder.js";
import { createBox } from "../../../src/vm/box/create.js";
import { controlSocket } from "../../../src/vm/box/files.js";
import { writeState } from "../../../src/vm/box/state.js";
import { boxRecord } from "../vm/record.js";

vi.mock("../../../src/vm/box/lock.js", () => ({ heldLocks: () => Promise.resolve(new Set()) }));

/** An engine and its home. */
interface Opened {
  engine: Engine;
  home: Home;
}

let folders: string[] = [];
let monitor: Server | undefined;
let one: Opened;
let two: Opened;

async function open(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "box-engine-"));
  folders.push(folder);
  const runtime = join(folder, "run");
  return {
    engine: openEngine({ home: folder, runtime }),
    home: homeOf({ BOX_HOME: folder, BOX_RUNTIME: runtime }),
  };
}

/** Creates an exited box. @returns its ID */
async function makeBox({ home }: Opened, name: string): Promise<string> {
  const record = boxRecord(name);
  const folder = await createBox(home, record, () => Promise.resolve());
  await writeState(folder, { status: "exited", exitCode: 3 });
  return record.id;
}

const namesOf = async ({ engine }: Opened) =>
  (await engine.boxes.list()).map(({ record }) => record.name).sort();

beforeEach(async () => {
  [one, two] = [await open(), await open()];
});
afterEach(async () => {
  monitor?.close();
  monitor = undefined;
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  folders = [];
});

describe("a request in plain fields", () => {
  const refusal = (config: object, options: object = {}) =>
    one.engine.boxes.check({ config: { image: "x", ...config }, options }, true);

  it.each([
    ["portMap", { portMap: ["x"] }, {}],
    ["volumes", { volumes: ["type=bind"] }, {}],
    ["resourceLimits.ulimits", { resourceLimits: { ulimits: ["x"] } }, {}],
    ["record.restart", {}, { restart: "x" }],
    ["record.hostname", {}, { hostname: "a\nb" }],
    ["record.restart", {}, { autoRemove: true, restart: "always" }],
    ["persistent", { persistent: true }, { autoRemove: true }],
    ["resourceLimits.memoryReservation", { resourceLimits: { memoryReservation: 2 ** 40 } }, {}],
  ])("is refused with the field at fault as the subject: %s", async (subject, config, options) => {
    await expect(refusal(config, options)).rejects.toMatchObject({ subject });
  });

  it("is checked like a request parsed by a door", async () => {
    await expect(refusal({ portMap: ["80:80", "80:81"] })).rejects.toMatchObject({ code: "port-conflict" });
    await expect(refusal({ pool: { enabled: true } })).rejects.toMatchObject({ code: "no-such-pool" });
  });
});

describe("two engines in one process", () => {
  it("list, find, rename and remove the boxes of their own homes, even if names coincide", async () => {
    const [first, second] = await Promise.all([makeBox(one, "web"), makeBox(two, "web")]);
    await makeBox(two, "db");
    expect(await Promise.all([namesOf(one), namesOf(two)])).toEqual([["web"], ["db", "web"]]);
    expect((await one.engine.boxes.find("web")).record.id).toBe(first);
    expect((await two.engine.boxes.find("web")).record.id).toBe(second);
    await expect(one.engine.boxes.find(second)).rejects.toMatchObject({ code: "no-such-box" });
    await Promise.all([one.engine.boxes.rename("web", "old"), two.engine.boxes.remove("web")]);
    expect(await Promise.all([namesOf(one), namesOf(two)])).toEqual([["old"], ["db"]]);
    expect(await two.engine.boxes.prune()).toMatchObject({ ids: [expect.any(String) as string] });
    expect(await Promise.all([namesOf(one), namesOf(two)])).toEqual([["old"], []]);
  });

  it("report warnings about their own boxes to their own handlers", async () => {
    const lines: string[] = [];
    const [home = ""] = folders;
    const engine = openEngine({ home, onWarning: (line) => void lines.push(line) });
    await makeBox(one, "whole");
    const id = await makeBox(one, "broken");
    await rm(join(home, "boxes", id, "box.json"));
    // A directory instead, which cannot be read as a file.
    await mkdir(join(home, "boxes", id, "box.json"));
    expect((await engine.boxes.list()).map(({ record }) => record.name)).toEqual(["whole"]);
    expect(lines).toEqual([expect.stringContaining(id.slice(0, 12)) as string]);
  });
});

describe("a long operation", () => {
  /** A box whose monitor accepts everything and never responds. */
  async function hangingBox(onConnection: () => void): Promise<{ id: string; closed: Promise<void> }> {
    const id = await makeBox(one, "hangs");
    const socket = join(await makeRuntimeFolder(one.home), controlSocket(id));
    const closed = new Promise<void>((resolve) => {
      monitor = createServer((connection) => {
        onConnection();
        connection.on("error", () => undefined).resume();
        connection.once("close", () => resolve());
      });
    });
    await new Promise<void>((resolve) => monitor?.listen(socket, resolve));
    return { id, closed };
  }

  it.each(["stop", "wait"] as const)(
    "%s stops waiting and closes its connection when its signal is aborted",
    async (verb) => {
      const abort = new AbortController();
      const { id, closed } = await hangingBox(() => abort.abort());
      await expect(one.engine.boxes[verb](id, { signal: abort.signal })).rejects.toThrow("aborted");
      await closed;
    },
  );
});

it("returns the exit code of an exited box immediately", async () => {
  await makeBox(one, "done");
  expect(await one.engine.boxes.wait("done")).toBe(3);
});
