import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const BOX = join(import.meta.dirname, "..", "..", "dist", "box");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-networks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(...words: string[]): ChildProcess {
  const env = { ...process.env, BOX_HOME: join(folder, "home"), BOX_RUNTIME: join(folder, "run") };
  return spawn(BOX, ["network", ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (texts.stdout += String(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => (texts.stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

const network = (...words: string[]) => finish(start(...words));
const files = () => readdirSync(join(folder, "home", "networks")).sort();

// @module-tag slow
describe("commands on networks at the same time", () => {
  it("create a network of a name once, and give each name a subnet of its own", async () => {
    const names = ["shop", "shop", "shop", "one", "two", "three"];
    const results = await Promise.all(names.map((name) => network("create", name)));
    const same = results.slice(0, 3);
    expect(same.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    for (const { stderr } of same.filter(({ code }) => code === 1))
      expect(stderr).toContain("network with name shop already exists");
    expect(results.slice(3).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(files()).toEqual(["one.json", "shop.json", "three.json", "two.json"]);
    const { stdout } = await network(
      "inspect",
      "-f",
      "{{range .IPAM.Config}}{{.Subnet}}{{end}}",
      ...new Set(names),
    );
    expect(new Set(stdout.trim().split("\n")).size).toBe(4);
  });

  it("leave networks that can be listed, created and removed when they are killed at any moment", async () => {
    for (let after = 0; after < 6; after++) {
      const child = start("create", "shop");
      const ended = finish(child);
      // Node takes some 60 ms to start, and less to create the network.
      setTimeout(() => child.kill("SIGKILL"), 40 + after * 16);
      await ended;
      const { code, stderr } = await network("create", "shop");
      if (code !== 0) expect(stderr).toContain("already exists");
      expect((await network("rm", "shop")).code).toBe(0);
      expect(files()).toEqual([]);
    }
  });
});
