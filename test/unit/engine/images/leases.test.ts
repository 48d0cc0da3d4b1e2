import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startScripted, type ScriptedRegistry } from "../../../registry/scripted.js";

const image = makeImage([makeTar({ one: "1" }), makeTar({ two: "2" })]);

let folder: string;
let engine: Engine;
let registry: ScriptedRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-holds-"));
  engine = openEngine({ home: folder });
  registry = await startScripted({ latest: image });
});
afterEach(async () => {
  await registry.stop();
  await rm(folder, { recursive: true });
});

const leases = () => readdir(join(folder, "holds"));

/** Pulls the image and saves it as an archive. */
async function saved(): Promise<Buffer> {
  await engine.images.pull(`${registry.host}/app`);
  return buffer(Readable.from(await engine.images.save([`${registry.host}/app`])));
}

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of pieces) expect(piece).toBeDefined();
}

describe("in a process that keeps running, no lease remains after", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["a pull", () => engine.images.pull(`${registry.host}/app`)],
    [
      "a pull of a stored image",
      async () => {
        await engine.images.pull(`${registry.host}/app`);
        await engine.images.pull(`${registry.host}/app`);
      },
    ],
    [
      "a pull that fails",
      async () => {
        const broken = makeImage([makeTar({ one: "1" })], { diffIds: [`sha256:${"0".repeat(64)}`] });
        const other = await startScripted({ latest: broken });
        await expect(engine.images.pull(`${other.host}/app`)).rejects.toMatchObject({
          code: "digest-mismatch",
        });
        await other.stop();
      },
    ],
    ["a save", saved],
    [
      "a save abandoned before its archive is read",
      async () => {
        await engine.images.pull(`${registry.host}/app`);
        await (await engine.images.save([`${registry.host}/app`]))[Symbol.asyncIterator]().return?.();
      },
    ],
    [
      "a save abandoned in the middle",
      async () => {
        await engine.images.pull(`${registry.host}/app`);
        for await (const piece of await engine.images.save([`${registry.host}/app`])) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
      },
    ],
    ["a load", async () => drain(engine.images.load(Readable.from([await saved()])))],
    [
      "a pull from a file",
      async () => {
        const file = join(folder, "saved.tar");
        await writeFile(file, await saved());
        await engine.images.pull(`oci-archive:${file}`);
      },
    ],
    ["an import", () => engine.images.import({ stream: Readable.from([makeTar({ three: "3" })]) })],
    [
      "a tag",
      async () => {
        await engine.images.pull(`${registry.host}/app`);
        await engine.images.tag(`${registry.host}/app`, "other");
      },
    ],
    [
      "a repair",
      async () => {
        await engine.images.pull(`${registry.host}/app`);
        const [layer = ""] = image.diffIds;
        await writeFile(join(folder, "layers", `${layer.slice(7)}.tar`), "corrupted");
        const findings = await engine.system.check();
        expect(findings.badLayers.size).toBe(1);
        expect(await engine.system.repair(findings)).toEqual([{ name: expect.any(String) as string }]);
      },
    ],
  ])("%s", async (_, act) => {
    await act();
    expect(await leases()).toEqual([]);
  });
});
