import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { openContext } from "../../../../src/engine/context.js";
import { usersOfImages } from "../../../../src/engine/images/users.js";
import { definitionOf } from "../../../../src/engine/pools/definition.js";
import { storedPools } from "../../../../src/engine/pools/stored.js";
import { writeDefinition } from "../../../../src/vm/pool/definition.js";

vi.mock("../../../../src/engine/pools/stored.js", async (original) => ({
  ...(await original<typeof import("../../../../src/engine/pools/stored.js")>()),
  storedPools: vi.fn(),
}));

it("an image is used by the pools that are running", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-users-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const definition = definitionOf(parseBox({ config: { image: "alpine" } }));
  await writeDefinition(folder, { ...definition, digest: "sha256:1" });
  const { home } = openContext({ home: folder, runtime: join(folder, "run") });
  vi.mocked(storedPools).mockResolvedValueOnce([{ name: "ci", folder, running: true }]);
  expect(await usersOfImages(home)).toEqual(new Map([["sha256:1", [{ pool: "ci" }]]]));
  vi.mocked(storedPools).mockResolvedValueOnce([{ name: "ci", folder, running: false }]);
  expect(await usersOfImages(home)).toEqual(new Map());
});
