import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, FULL, runDetached } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { buildExchange } from "../exchanging.js";

const FILES = 60;
const ROUNDS = FULL ? 6 : 3;
const names = Array.from({ length: FILES }, (_, number) => `f${number}`);

let folder: string;
let id: string;
const here = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-attack-cp-"));
  mkdirSync(here("host"));
  mkdirSync(here("shared", "in", "src", "sub"), { recursive: true });
  for (const name of names) {
    writeFileSync(here("host", name), "of the host", { mode: 0o600 });
    writeFileSync(here("shared", "in", "src", "sub", name), "of the guest");
  }
  symlinkSync(here("host"), here("shared", "link"));
  const exchange = buildExchange();
  copyFileSync(exchange, here("shared", "exchange"));
  rmSync(exchange);
  const script = `mkdir -p /d/src/sub; for i in $(seq 0 ${FILES - 1}); do echo of the box > /d/src/sub/f$i; done
    exec /n/exchange /n/in/src/sub /n/link`;
  id = await runDetached(["-v", `${here("shared")}:/n`, BUSYBOX, "sh", "-c", script]);
  await awaitLog(id, "exchanging");
});
afterAll(async () => {
  await box(["rm", "-f", id]);
  rmSync(folder, { recursive: true, force: true });
});

describe("box cp, while a guest swaps a directory of its volume with a link to the host", () => {
  it("writes nothing outside the destination", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { code, stderr } = await box(["cp", "-q", "-a", `${id}:/d/src`, here("shared", "in")]);
      // Either the directory was there, or the error names what was in its place.
      if (code !== 0) expect(stderr).toMatch(/^box: .*(is not a directory|cannot write)/);
    }
    expect(readdirSync(here("host")).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(readFileSync(here("host", name), "utf8")).toBe("of the host");
      expect(lstatSync(here("host", name)).mode & 0o7777).toBe(0o600);
    }
  });

  it("takes nothing into the box from outside the source", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { code, stderr } = await box(["cp", "-q", here("shared", "in"), `${id}:/got${round}`]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    const { stdout } = await box([
      "exec",
      id,
      "sh",
      "-c",
      "ls -d /got*; grep -rl 'of the host' /got* || echo none",
    ]);
    expect(stdout).toContain(`/got${ROUNDS - 1}\n`);
    expect(stdout).toMatch(/\nnone\n$/);
  });
});
