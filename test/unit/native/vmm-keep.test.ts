import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildPrograms, finish, firstOutput, run, type Programs } from "./vmm-program.js";

let programs: Programs;
let folder: string;
beforeAll(async () => {
  programs = await buildPrograms();
});
beforeEach(() => {
  folder = mkdtempSync(join(programs.folder, "pool "));
  mkdirSync(join(folder, "run"), { mode: 0o700 });
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

const socket = () => join(folder, "run/ci.pool");

function keep(script: string) {
  const words = ["--lock", join(folder, "lock"), "--socket", socket(), "--", "/bin/sh", "-c", script];
  return spawn(programs.helper, ["keep", ...words], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
}

async function isListening(): Promise<boolean> {
  const connection = connect(socket());
  const answers = await once(connection, "connect").then(
    () => true,
    () => false,
  );
  connection.destroy();
  return answers;
}

describe("box-vmm keep", () => {
  it("becomes the keeper, which has the caller's stream, the socket and the lock, and nothing else", async () => {
    const { stdout } = await finish(
      keep("for fd in /proc/self/fd/*; do echo ${fd##*/}; done; echo told >&3"),
    );
    // The last one is the shell's, which reads the directory.
    expect(stdout.split("\n").slice(0, 6)).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("is refused while the pool has a keeper, and follows one that was killed", async () => {
    const first = keep("echo up; exec sleep 10000");
    await firstOutput(first);
    expect([await isListening(), statSync(socket()).mode & 0o777]).toEqual([true, 0o600]);
    expect(await finish(keep("echo second"))).toMatchObject({ code: 75, stderr: "" });
    expect(await isListening()).toBe(true);
    first.kill("SIGKILL");
    await once(first, "close");
    expect(await isListening()).toBe(false);
    const next = keep("echo up; exec sleep 10000");
    await firstOutput(next);
    expect(await isListening()).toBe(true);
    next.kill("SIGKILL");
    await once(next, "close");
  });

  it.each([[["keep"]], [["keep", "--lock", "a", "--socket", "b", "--"]], [["keep", "--socket", "b"]]])(
    "names its usage: %j",
    async (words) => {
      const { code, stderr } = await run(programs.helper, words);
      expect({ code, stderr }).toEqual({
        code: 125,
        stderr: "box-vmm: usage: box-vmm keep --lock FILE --socket PATH -- PROGRAM ARG…\n",
      });
    },
  );
});
