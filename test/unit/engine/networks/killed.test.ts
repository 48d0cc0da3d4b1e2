import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { changeMembership } from "../../../../src/vm/box/networks.js";
import { readRecord } from "../../../../src/vm/box/record.js";
import { makePlace, type Place } from "./place.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({
  heldLocks: async () => (await import("./place.js")).held,
}));
/** A command could be killed whenever this is called. */
vi.mock("../../../../src/vm/box/networks.js", () => ({ changeMembership: vi.fn() }));

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(() => place.remove());

it("a running box is on no network that its record does not name, whenever the command is killed", async () => {
  const { networks } = place.engine;
  await networks.create("shop");
  await networks.create("back");
  const box = await place.makeBox("one", "shop");
  await place.pretendRunning(box);
  const recorded = async () => (await readRecord(join(place.folder, "boxes", box.id)))?.options.networks;
  const seen: unknown[] = [];
  vi.mocked(changeMembership).mockImplementation(async () => void seen.push(await recorded()));
  await networks.connect("back", "one");
  await networks.disconnect("back", "one");
  expect(seen).toEqual([["back"], ["back"]]);
  expect(await recorded()).toEqual([]);
});
