import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { makeRuntimeFolder } from "../../../../src/host/runtime-folder.js";
import { implicitNetwork } from "../../../../src/vm/network/network.js";
import { createDecoder, encodeJson, type Event } from "../../../../src/vm/protocol/control/wire.js";
import { reserveName } from "../../../../src/vm/box/create.js";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { boxFiles, boxFolder, controlSocket, namesFolder } from "../../../../src/vm/box/files.js";
import type { Box } from "../../../../src/vm/box/find.js";
import { renameBox } from "../../../../src/vm/box/rename.js";
import { currentHome } from "../../current.js";
import { boxRecord } from "../record.js";

let box: Box;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-rename-"));
  vi.stubEnv("BOX_HOME", folder);
  vi.stubEnv("BOX_RUNTIME", join(folder, "run"));
  const home = currentHome();
  const config = BoxConfig.parse({ image: "x", network: "bridge:yard" });
  const record = boxRecord("old", { config });
  box = { folder: boxFolder(home, record.id), record, state: { status: "created" } };
  for (const folder of [box.folder, namesFolder(home), join(home.folder, "locks")])
    await mkdir(folder, { recursive: true });
  await writeFile(boxFiles(box.folder).record, JSON.stringify(record));
  await reserveName(home, "old", record.id);
});
afterEach(async () => {
  await rm(currentHome().folder, { recursive: true });
  vi.unstubAllEnvs();
});

const named = () => readdir(namesFolder(currentHome()));
const recorded = async () =>
  (JSON.parse(await readFile(boxFiles(box.folder).record, "utf8")) as { name: string }).name;

it("a renamed box has only its new name", async () => {
  await renameBox(currentHome(), box, "new", expect.unreachable);
  expect([await named(), await recorded()]).toEqual([["new"], "new"]);
});

it("a box whose record cannot be written keeps only its old name", async () => {
  // As on a full disk: no file can be written next to the record.
  const { record } = boxFiles(box.folder);
  const inTheWay = temporaryBeside(record).replace(/\d+(?=\.tmp$)/, (count) => String(Number(count) + 1));
  await mkdir(inTheWay);
  await expect(renameBox(currentHome(), box, "new", expect.unreachable)).rejects.toThrow();
  expect([await named(), await recorded()]).toEqual([["old"], "old"]);
  await rm(inTheWay, { recursive: true });
  await renameBox(currentHome(), box, "new", expect.unreachable);
  expect([await named(), await recorded()]).toEqual([["new"], "new"]);
});

/** Plays the monitor of the box. @returns the requests that it has received */
async function answerWith(event: Event): Promise<unknown[]> {
  const requests: unknown[] = [];
  const server = createServer((socket) => {
    const decode = createDecoder((_, payload) => {
      requests.push(JSON.parse(payload.toString()));
      socket.end(encodeJson(event));
    });
    socket.on("data", decode);
  });
  const folder = await makeRuntimeFolder(currentHome());
  server.listen(join(folder, controlSocket(box.record.id)));
  await once(server, "listening");
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return requests;
}

it("a running box gets its new name on its networks too", async () => {
  const requests = await answerWith({ event: "exited", exitCode: 0, oomKilled: false });
  await renameBox(currentHome(), box, "new", expect.unreachable);
  const { guest, id } = box.record;
  const names = ["new", guest.hostname, id.slice(0, 12)];
  expect(requests).toMatchObject([
    { op: "names", names: [{ network: "yard", key: implicitNetwork("yard").id, names }] },
  ]);
});

it("a running box whose networks cannot be changed is renamed with a warning", async () => {
  await answerWith({ event: "failed", code: "network-failed", message: "the switch has ended" });
  const warnings: string[] = [];
  await renameBox(currentHome(), box, "new", (line) => void warnings.push(line));
  expect(warnings).toEqual([
    "new keeps its former name on its networks until it is restarted: the switch has ended",
  ]);
  expect([await named(), await recorded()]).toEqual([["new"], "new"]);
});
