import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DRIVER, finish, ONLY_FULL_ON_KRUN, run, SAME_ON_KRUN, start } from "./box.js";
import { BUSYBOX } from "./images.js";

const sh = (script: string) => [BUSYBOX, "sh", "-c", script];

describe("a workload's exit", () => {
  it.skipIf(ONLY_FULL_ON_KRUN)("is the command's own exit code", async () => {
    expect((await run(["--rm", ...sh("exit 7")])).code).toBe(7);
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("is 128 plus the signal that ended it", async () => {
    expect((await run(["--rm", ...sh("kill -9 $$")])).code).toBe(137);
  });

  // The CI script worker.sh asks for the same codes.
  it.skipIf(SAME_ON_KRUN)(
    "is 127 when the program does not exist, 126 when it cannot be executed",
    { tags: "full" },
    async () => {
      const missing = await run(["--rm", BUSYBOX, "/no/such/program"]);
      expect(missing.code).toBe(127);
      expect(missing.stderr).toContain("/no/such/program");
      const plain = await run(["--rm", BUSYBOX, "/etc/passwd"]);
      expect(plain.code).toBe(126);
      expect((await run(["--rm", BUSYBOX, "no-such-word"])).code).toBe(127);
    },
  );
});

describe("a workload's streams", () => {
  it.skipIf(SAME_ON_KRUN)("stay separate and unaltered", async () => {
    const { raw, stderr, code } = await run([
      "--rm",
      ...sh("printf 'out\\001\\377\\000\\n'; echo err >&2; exit 7"),
    ]);
    expect({ code, stderr }).toEqual({ code: 7, stderr: "err\n" });
    expect(raw).toEqual(Buffer.from("out\x01\xff\0\n", "latin1"));
  });

  it("carry megabytes in and out", async () => {
    const count = DRIVER === "krun" ? 200_000 : 2_000_000;
    const lines = Array.from({ length: count }, (_, i) => `${i + 1}\n`).join("");
    // Bytes that a console would change.
    const input = Buffer.from(`\x01\xff\0\r\n\x04${lines}`, "latin1");
    const { raw, code } = await run(["-i", "--rm", BUSYBOX, "cat"], { input });
    expect(code).toBe(0);
    expect(createHash("sha256").update(raw).digest("hex")).toBe(
      createHash("sha256").update(input).digest("hex"),
    );
  });

  it.skipIf(SAME_ON_KRUN)("provide an empty stdin without -i, and input with its end with -i", async () => {
    expect((await run(["--rm", BUSYBOX, "wc", "-c"], { input: "ignored" })).stdout.trim()).toBe("0");
    expect((await run(["-i", "--rm", BUSYBOX, "wc", "-c"], { input: "12345" })).stdout.trim()).toBe("5");
  });

  it.skipIf(SAME_ON_KRUN)("do not hang when input is never read, or is closed early", async () => {
    const input = Buffer.alloc(3_000_000, "x");
    expect((await run(["-i", "--rm", ...sh("exit 3")], { input })).code).toBe(3);
    const head = await run(["-i", "--rm", ...sh("head -c 5; exec 0<&-; echo; echo done")], { input });
    expect(head).toMatchObject({ code: 0, stdout: "xxxxx\ndone\n" });
  });

  // So do the megabytes above: `cat` exits with its last ones.
  it.skipIf(ONLY_FULL_ON_KRUN)("lose nothing when the program exits immediately", async () => {
    for (let i = 0; i < 3; i++) {
      expect((await run(["--rm", ...sh("seq 1 20000")])).stdout.length).toBe(108_894);
    }
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("end the program with SIGPIPE when nobody reads any more", async () => {
    const child = start(["run", "--vmm", DRIVER, "--cpus", "1", "--rm", BUSYBOX, "yes"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect((await finish(child)).code).toBe(141);
  });
});
