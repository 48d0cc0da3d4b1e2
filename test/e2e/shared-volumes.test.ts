import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box, DRIVER, run } from "./box.js";
import { PYTHON } from "./images.js";

// Volumes that host and box, or several boxes, use at the same time.

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box shared, "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Makes and removes a file as fast as it can, on the host. */
const FLICKER = `
  const { closeSync, openSync, unlinkSync } = require("node:fs");
  for (;;) {
    try {
      closeSync(openSync(process.argv[1], "a"));
      unlinkSync(process.argv[1]);
    } catch {}
  }`;

/** The same, and says whether the volume can still be used in the end. Whoever comes second may get any error. */
const MAKE_OFTEN = `
import os
made = 0
for _ in range(1500):
    try:
        os.close(os.open("/v/flicker", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644))
        made += 1
        os.unlink("/v/flicker")
    except OSError:
        pass
print("made" if made > 0 else "never made", open("/v/there", "w").write("x"))
`;

describe("a volume", () => {
  it("lets host and box make and remove the same file at the same moment", async () => {
    const shared = join(folder, "flicker");
    await mkdir(shared);
    const host = spawn(process.execPath, ["-e", FLICKER, join(shared, "flicker")], { stdio: "ignore" });
    try {
      const { code, stdout, stderr } = await run(
        ["-i", "--rm", "-v", `${shared}:/v`, PYTHON, "python3", "-"],
        {
          input: MAKE_OFTEN,
        },
      );
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "made 1\n", stderr: "" });
    } finally {
      const ended = once(host, "close");
      host.kill("SIGKILL");
      await ended;
    }
  });
});

describe("a new volume", () => {
  const name = `raced-${DRIVER}`;
  afterAll(() => box(["volume", "rm", "-f", name]));

  it("is filled by one of the boxes that are started with it at the same time, before any of them runs", async () => {
    const look =
      "cd /usr/share/zoneinfo && find . -type f -exec sha256sum {} + | sort | sha256sum; ls -A | grep box";
    const here = await run(["--rm", PYTHON, "sh", "-c", look]);
    const users = Array.from({ length: 3 }, () =>
      run(["--rm", "-v", `${name}:/usr/share/zoneinfo`, PYTHON, "sh", "-c", look]),
    );
    for (const user of await Promise.all(users))
      expect(user).toMatchObject({ stdout: here.stdout, stderr: "", code: 1 });
  });
});
