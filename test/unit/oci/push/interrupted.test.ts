// @module-tag registry
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startFaultProxy } from "../../../registry/fault-proxy.js";
import type { Fault } from "../../../registry/scripted.js";
import { cleanups, image, large, name, pullAs, push, target, user, useRegistries } from "./fixture.js";

useRegistries(true);

const BOX = join(import.meta.dirname, "../../../../dist/box.js");

/** Returns the unfinished uploads of a repository. Cancelled ones leave empty folders. */
async function uploads(path: string): Promise<string[]> {
  const folder = join(target.folder, "data/docker/registry/v2/repositories", path, "_uploads");
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith("/startedat"));
}

async function proxyWith(fault: Fault) {
  const proxy = await startFaultProxy(target.host, fault);
  cleanups.push(proxy.stop);
  return proxy;
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "a push ended by %s cancels its upload and leaves nothing behind",
  async (signal) => {
    let held: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (held = resolve));
    let chunks = 0;
    // The second chunk never gets a response.
    const proxy = await proxyWith((request) => {
      if (request.method !== "PATCH" || ++chunks < 2) return false;
      request.resume();
      held();
      return true;
    });
    const path = name();
    await pullAs(large, `${proxy.host}/${path}:latest`);
    const child = spawn(process.execPath, [BOX, "push", `${proxy.host}/${path}:latest`], { stdio: "ignore" });
    const exit = once(child, "exit");
    await second;
    expect((await uploads(path)).length).toBe(1);
    const started = performance.now();
    child.kill(signal);
    // A shell reports SIGINT as 130.
    expect(await exit).toEqual([null, signal]);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(proxy.count(/^DELETE .*uploads/)).toBe(1);
    expect(await uploads(path)).toEqual([]);
    const holds = await readdir(join(user.folder, "box", "holds"));
    expect(holds.filter((hold) => hold.includes(`.${child.pid ?? 0}-`))).toEqual([]);
  },
);

it("a second Ctrl-C ends a push if the registry no longer responds", async () => {
  let held: () => void = () => undefined;
  let asked: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => (held = resolve));
  const cancelled = new Promise<void>((resolve) => (asked = resolve));
  const proxy = await proxyWith((request) => {
    if (request.method === "PATCH") held();
    if (request.method === "DELETE") asked();
    return request.method === "PATCH" || request.method === "DELETE";
  });
  const reference = `${proxy.host}/${name()}:latest`;
  await pullAs(large, reference);
  const child = spawn(process.execPath, [BOX, "push", reference], { stdio: "ignore" });
  const exit = once(child, "exit");
  await stalled;
  child.kill("SIGINT");
  await cancelled;
  child.kill("SIGINT");
  expect(await exit).toEqual([null, "SIGINT"]);
});

it("a push that fails cancels the uploads of its other layers", async () => {
  const path = name();
  let begun = 0;
  let both: () => void = () => undefined;
  const second = new Promise<void>((resolve) => (both = resolve));
  const proxy = await proxyWith(async (request, response) => {
    const { method = "", url = "" } = request;
    if (method === "POST" && ++begun === 2) both();
    if (method !== "PUT" || !url.includes("digest=")) return false;
    request.resume();
    await second;
    // One is refused, the other never gets a response.
    if (begun++ === 2) response.writeHead(403).end();
    return true;
  });
  const reference = `${proxy.host}/${path}:latest`;
  await pullAs(image, reference);
  await expect(push(reference)).rejects.toMatchObject({ code: "access-denied" });
  expect(await uploads(path)).toEqual([]);
});
