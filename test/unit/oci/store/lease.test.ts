import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { homeOf } from "../../../../src/host/home.js";
import { thisProcess } from "../../../../src/host/owner.js";
import { lease, leasedDigests, sweepLeases } from "../../../../src/oci/store/lease.js";
import { storeOf } from "../../../../src/oci/store/store.js";

const DIGITS = "d".repeat(64);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "box-lease-"));
});
afterEach(() => rm(root, { recursive: true }));

it("a lease removes those of processes that were killed, and no others", async () => {
  const [pid = "", start = "", namespace = ""] = thisProcess().split("-");
  const owners = { killed: `${pid}-${Number(start) - 1}-${namespace}`, elsewhere: `${pid}-${start}-0` };
  for (const owner of Object.values(owners))
    await mkdir(join(root, "holds", `${DIGITS}.${owner}.0`), { recursive: true });
  const release = await lease(storeOf(homeOf({ BOX_HOME: root })), [`sha256:${DIGITS}`]);
  const [own = "", ...others] = (await readdir(join(root, "holds"))).sort((a) =>
    a.includes(thisProcess()) ? -1 : 1,
  );
  expect(own).toContain(`${DIGITS}.${thisProcess()}.`);
  expect(others).toEqual([`${DIGITS}.${owners.elsewhere}.0`]);
  await release();
});

it("looking at leases removes none, sweeping removes those of processes that were killed", async () => {
  const [pid = "", start = "", namespace = ""] = thisProcess().split("-");
  const folder = join(root, "holds");
  const [killed, running] = [
    `${DIGITS}.${pid}-${Number(start) - 1}-${namespace}.0`,
    `${"e".repeat(64)}.${thisProcess()}.0`,
  ];
  for (const name of [killed, running]) await mkdir(join(folder, name), { recursive: true });
  expect([...(await leasedDigests(folder))]).toEqual(["e".repeat(64)]);
  expect((await readdir(folder)).sort()).toEqual([killed, running]);
  await sweepLeases(folder);
  expect(await readdir(folder)).toEqual([running]);
});
