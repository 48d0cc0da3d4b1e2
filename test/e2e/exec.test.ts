import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/engine.js";
import { follow, send } from "../../src/vm/protocol/control/client.js";
import { awaitLog, awaitText, box, finish, runDetached, start, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";

let id: string;

beforeAll(async () => {
  id = await runDetached(["-e", "A=1", "-w", "/tmp", BUSYBOX, "sh", "-c", "echo up; exec sleep 10000"]);
  await awaitLog(id, "up");
});
afterAll(() => box(["rm", "-f", id]));

describe("box exec", () => {
  it("uses the box's environment, streams and exit codes unless flags override them", async () => {
    const script = "id -u; pwd; echo $A$B; cat; echo err >&2; exit 7";
    expect(await box(["exec", id, "sh", "-c", script], { input: "unread" })).toMatchObject({
      code: 7,
      stdout: "0\n/tmp\n1\n",
      stderr: "err\n",
    });
    const flags = ["-i", "-u", "1000:5", "-w", "/etc", "-e", "B=2"];
    const large = "x".repeat(1 << 20);
    const { code, stdout } = await box(["exec", ...flags, id, "sh", "-c", script], { input: large });
    expect({ code, stdout }).toEqual({ code: 7, stdout: `1000\n/etc\n12\n${large}` });
  });

  it("is limited to the box's privileges unless --privileged is given", async () => {
    const script = "grep -E 'CapBnd|^Seccomp:' /proc/self/status";
    const [held, free] = await Promise.all([
      box(["exec", id, "sh", "-c", script]),
      box(["exec", "--privileged", id, "sh", "-c", script]),
    ]);
    expect(held.stdout).toMatch(/^CapBnd:\s+00000000a80425fb\nSeccomp:\s+2\n$/);
    expect(free.stdout).toMatch(/^CapBnd:\s+000001ffffffffff\nSeccomp:\s+0\n$/);
  });

  it("accepts as many arguments as Linux does, and refuses more in one line", async () => {
    const count = (words: string[]) =>
      box(["exec", id, "sh", "-c", 'echo $#; echo "$*" | wc -c', "sh", ...words]);
    const large = Array.from({ length: 14 }, () => "x".repeat(120_000));
    expect(await count(large)).toMatchObject({ code: 0, stdout: `14\n${14 * 120_001}\n`, stderr: "" });
    const engine = openEngine({ env: testEnvironment() });
    const exec = (argv: string[]) =>
      engine.boxes
        .exec(id, { argv, env: [], stdin: false, privileged: false })
        .then((session) => session.follow({}));
    await expect(exec(["echo", ...large, ...large])).rejects.toThrow("Argument list too long");
    await expect(exec(["echo", "x".repeat(3e6)])).rejects.toMatchObject({ code: "invalid-string" });
    expect(await box(["exec", id, "true"])).toMatchObject({ code: 0 });
  });

  it("reports a program that cannot be executed", async () => {
    const [missing, folder, nobody, nowhere] = await Promise.all([
      box(["exec", id, "nothing-of-the-kind"]),
      box(["exec", id, "/etc"]),
      box(["exec", "-u", "nobody-of-the-kind", id, "true"]),
      box(["exec", "no-such-box", "true"]),
    ]);
    expect([missing.code, folder.code, nobody.code, nowhere.code]).toEqual([127, 126, 126, 1]);
    expect(missing.stderr).toContain("executable file not found in $PATH");
  });

  it("keeps a program running in the background and after its command is killed", async () => {
    const fifo = "mkfifo /tmp/go 2>/dev/null; cat /tmp/go > /tmp/out";
    expect(await box(["exec", "-d", id, "sh", "-c", fifo])).toMatchObject({ code: 0, stdout: "" });
    const child = start([
      "exec",
      "-i",
      id,
      "sh",
      "-c",
      "echo ready; cat; while :; do echo on; done > /tmp/go",
    ]);
    await awaitText(child, "stdout", "ready");
    child.kill("SIGKILL");
    const read = "until grep -q on /tmp/out; do sleep 0.1; done; head -n 1 /tmp/out";
    expect((await box(["exec", id, "sh", "-c", read])).stdout).toBe("on\n");
  });

  it("forwards signals, and kills the program on the third Ctrl-C", async () => {
    const child = start([
      "exec",
      id,
      "sh",
      "-c",
      "trap 'echo int' INT; echo ready; while :; do sleep 0.1; done",
    ]);
    await awaitText(child, "stdout", "ready");
    const ended = finish(child);
    // One at a time: pending signals of the same kind merge.
    for (let times = 1; times < 3; times++) {
      const heard = awaitText(child, "stdout", "int");
      child.kill("SIGINT");
      await heard;
    }
    child.kill("SIGINT");
    expect((await ended).code).toBe(137);
    expect((await box(["exec", id, "true"])).code).toBe(0);
  });

  it("runs a hundred programs side by side", async () => {
    // Speaks the protocol of `box exec` directly: a hundred Node.js processes are too slow on an emulated CPU.
    const socket = join(testEnvironment()["BOX_RUNTIME"] ?? "", `${id.slice(0, 12)}.sock`);
    const script = 'until [ -e /tmp/go ]; do read -t 1 line < /tmp/wait; done; echo "$N"; exit "$N"';
    await box(["exec", id, "mkfifo", "/tmp/wait"]);
    let started = 0;
    const programs = Array.from({ length: 100 }, async (_, i) => {
      const program = { argv: ["sh", "-c", script], env: [`N=${i}`], stdin: false, privileged: false };
      const monitor = connect(socket);
      await once(monitor, "connect");
      send(monitor, { op: "exec", program });
      let said = "";
      const ending = await follow(monitor, {
        onStarted: (what) => {
          if (what === "program" && ++started === 100) void box(["exec", id, "touch", "/tmp/go"]);
        },
        onOutput: (_stream, data) => (said += data.toString()),
      });
      return [said, ending.event === "exited" ? ending.exitCode : ending.message];
    });
    const expected = programs.map((_, i) => [`${i}\n`, i]);
    expect(await Promise.all(programs)).toEqual(expected);
  });

  it("ends with its box", async () => {
    const child = start(["exec", id, "sh", "-c", "echo ready; exec sleep 10000"]);
    await awaitText(child, "stdout", "ready");
    const ended = finish(child);
    await box(["stop", "-t", "0", id]);
    expect((await ended).code).toBe(137);
    const { code, stderr } = await box(["exec", id, "true"]);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is not running") as string,
    });
  });
});
