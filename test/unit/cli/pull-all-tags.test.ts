// @module-tag registry
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeImage, makeTar, pushImage } from "../../registry/image.js";
import { startRegistry, type Registry } from "../../registry/registry.js";
import { createUser, type TestUser } from "../../registry/user.js";
import { runCommand } from "./command.js";

const image = makeImage([makeTar({ a: "b" })]);
const other = makeImage([makeTar({ a: "c" })]);
const windows = makeImage([makeTar({ a: "d" })], { os: "windows" });

let registry: Registry;
let user: TestUser;
beforeEach(async () => {
  [registry, user] = await Promise.all([startRegistry(), createUser()]);
});
afterEach(() => Promise.all([registry.stop(), user.remove()]));

const pull = (...args: string[]) => runCommand(["pull", ...args], {});

it("box pull --all-tags pulls every tag, and stops at the first that fails", async () => {
  const name = `${registry.host}/team/app`;
  await pushImage(registry.host, "team/app", "1.0", image);
  await pushImage(registry.host, "team/app", "2.0", other);
  const all = await pull("-q", "--all-tags", name);
  expect([all.code, all.stderr]).toEqual([0, ""]);
  expect(all.stdout).toBe(`${name}\n`);
  await pushImage(registry.host, "team/app", "1.5", windows);
  const { code, stdout, stderr } = await pull("-a", name);
  expect(code).toBe(1);
  // In the order of the registry's list.
  expect(stdout.trimEnd()).toMatch(/1\.5: Pulling from team\/app$/);
  expect(stderr).toContain(`${name}:1.5 has no image for linux/amd64`);
});

it.each([
  [["-a", "team/app:1.0"], "includes a tag or digest"],
  [["-a", `team/app@sha256:${"0".repeat(64)}`], "includes a tag or digest"],
  [["-a", "oci:folder"], "is not a repository in a registry"],
])("refuses box pull %j", async (words, reason) => {
  const { code, stderr } = await pull(...words);
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});

it("box pull --all-tags names a repository that does not exist", async () => {
  const { code, stderr } = await pull("-a", `${registry.host}/no/such`);
  expect(code).toBe(1);
  expect(stderr).toContain("/no/such");
});
