import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { inheritedVolumes } from "../../../../src/engine/boxes/volumes-from.js";
import { homeOf } from "../../../../src/host/home.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { boxRecord } from "../../vm/record.js";

vi.mock(import("../../../../src/vm/box/lock.js"), () => ({
  heldLocks: () => Promise.resolve(new Set<string>()),
}));

it("volumes that must not be filled from an image are not, whatever box mounts them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-volumes-from-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const home = homeOf({ BOX_HOME: folder, BOX_RUNTIME: join(folder, "run") });
  const volumes = ["data:/data:nocopy", "more:/more", "type=volume,source=long,target=/long,volume-nocopy"];
  await createBox(home, boxRecord("one", { config: BoxConfig.parse({ image: "x", volumes }) }), () =>
    Promise.resolve(),
  );
  expect(await inheritedVolumes(home, [{ box: "one", readOnly: false }])).toMatchObject([
    { source: "data", noCopy: true },
    { source: "more", noCopy: false },
    { source: "long", noCopy: true },
  ]);
});
