import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeRuntimeFolder } from "../../../../src/host/runtime-folder.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { controlSocket } from "../../../../src/vm/box/files.js";
import { heldLocks } from "../../../../src/vm/box/lock.js";
import { connectByName } from "../../../../src/vm/box/connect-by-name.js";
import { boxRecord } from "../record.js";
import { currentHome } from "../../current.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({ heldLocks: vi.fn() }));

let home: string;
let monitor: Server | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-reach-"));
  vi.stubEnv("BOX_HOME", home);
  vi.stubEnv("BOX_RUNTIME", join(home, "run"));
  vi.mocked(heldLocks).mockReset().mockResolvedValue(new Set());
});
afterEach(async () => {
  monitor?.close();
  monitor = undefined;
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

async function makeBox(name: string, running: boolean): Promise<string> {
  const record = boxRecord(name);
  await createBox(currentHome(), record, () => Promise.resolve());
  if (running) {
    const socket = join(await makeRuntimeFolder(currentHome()), controlSocket(record.id));
    monitor = createServer();
    await new Promise<void>((resolve) => monitor?.listen(socket, resolve));
  }
  return record.id;
}

it("connects to a box by name, ID or ID prefix, without checking a lock", async () => {
  const id = await makeBox("web", true);
  await makeBox("other", false);
  for (const word of ["web", "/web", id, id.slice(0, 12)])
    (await connectByName(currentHome(), word)).destroy();
  expect(heldLocks).not.toHaveBeenCalled();
});

it.each([
  ["of a box that is not running", "still", "not-running"],
  ["of no box", "nosuch", "no-such-box"],
  ["that lead out of the directory of names", "../boxes", "no-such-box"],
  ["that do so with a slash before them", "/../boxes", "no-such-box"],
  ["with two slashes", "//still", "no-such-box"],
])("reports names %s as such", async (_, name, code) => {
  await makeBox("still", false);
  await expect(connectByName(currentHome(), name)).rejects.toMatchObject({ code });
});
