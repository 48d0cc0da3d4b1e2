import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { box, DRIVER, finish, run, start } from "./box.js";
import { BUSYBOX } from "./images.js";

const sh = (script: string) => [BUSYBOX, "sh", "-c", script];

describe("a workload's exit", () => {
  it("is the command's own exit code", async () => {
    expect((await run(["--rm", ...sh("exit 7")])).code).toBe(7);
  });

  it("is 128 and the signal when one ended it", async () => {
    expect((await run(["--rm", ...sh("kill -9 $$")])).code).toBe(137);
    expect((await run(["--rm", ...sh("kill -TERM $$")])).code).toBe(143);
  });

  it("is 127 when the program is not there, 126 when it cannot be executed", async () => {
    const missing = await run(["--rm", BUSYBOX, "/no/such/program"]);
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain("/no/such/program");
    const plain = await run(["--rm", BUSYBOX, "/etc/passwd"]);
    expect(plain.code).toBe(126);
    expect((await run(["--rm", BUSYBOX, "no-such-word"])).code).toBe(127);
  });
});

describe("a workload's streams", () => {
  it("stay apart and unaltered", async () => {
    const { stdout, stderr, code } = await run([
      "--rm",
      ...sh("echo out; echo err >&2; printf '\\001\\377\\0end'"),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "err\n" });
    expect(Buffer.from(stdout.slice(0, 4)).toString()).toBe("out\n");
    const raw = (await run(["--rm", ...sh("printf '\\001\\377\\000end'")])).raw;
    expect(raw).toEqual(Buffer.from([1, 0xff, 0, 0x65, 0x6e, 0x64]));
  });

  it("carry megabytes in and out", async () => {
    const input = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => `${i + 1}\n`).join(""));
    const { raw, code } = await run(["-i", "--rm", BUSYBOX, "cat"], { input });
    expect(code).toBe(0);
    expect(createHash("sha256").update(raw).digest("hex")).toBe(
      createHash("sha256").update(input).digest("hex"),
    );
  });

  it("give an empty stdin without -i, and its end with it", async () => {
    expect((await run(["--rm", BUSYBOX, "wc", "-c"], { input: "ignored" })).stdout.trim()).toBe("0");
    expect((await run(["-i", "--rm", BUSYBOX, "wc", "-c"], { input: "12345" })).stdout.trim()).toBe("5");
  });

  it("do not hang on input that is never read, or closed early", async () => {
    const input = Buffer.alloc(3_000_000, "x");
    expect((await run(["-i", "--rm", ...sh("exit 3")], { input })).code).toBe(3);
    const head = await run(["-i", "--rm", ...sh("head -c 5; exec 0<&-; echo; echo done")], { input });
    expect(head).toMatchObject({ code: 0, stdout: "xxxxx\ndone\n" });
  });

  it("lose nothing when the program ends at once", async () => {
    for (let i = 0; i < 3; i++) {
      expect((await run(["--rm", ...sh("seq 1 20000")])).stdout.length).toBe(108_894);
    }
  });

  it("end the program with SIGPIPE when nobody reads any more", async () => {
    const child = start(["run", "--vmm", DRIVER, "--rm", BUSYBOX, "yes"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect((await finish(child)).code).toBe(141);
  });
});

describe("a workload's surroundings", () => {
  it("are those of the image, overridden by flags", async () => {
    const script = 'echo "$A|$B|$PATH|$HOME"; pwd; id -u; id -g; id -G; hostname';
    const plain = await run(["--rm", ...sh(script)]);
    const [env, pwd, uid] = plain.stdout.split("\n");
    expect([pwd, uid]).toEqual(["/", "0"]);
    expect(env).toMatch(/^\|\|.*\/bin.*\|\/root$/);
    const flags = ["--rm", "-e", "A=1 2", "-e", "B", "-w", "/made/up", "-u", "daemon"];
    const given = await run([...flags, ...sh(script)], { env: { B: "mine" } });
    expect(given.stdout.split("\n").slice(0, 4)).toEqual([
      expect.stringMatching(/^1 2\|mine\|/),
      "/made/up",
      "1",
      "1",
    ]);
  });

  it("hold numbers of users that the image does not know", async () => {
    expect((await run(["--rm", "-u", "4321:8765", ...sh("id -u; id -g")])).stdout).toBe("4321\n8765\n");
    const unknown = await run(["--rm", "-u", "nosuchuser", ...sh("id")]);
    expect(unknown.code).toBe(125);
    expect(unknown.stderr).toContain("nosuchuser");
  });

  it("take environments of megabytes whole", async () => {
    const big = "x".repeat(100_000);
    const flags = Array.from({ length: 12 }, (_, i) => ["-e", `V${i}=${big}`]).flat();
    const { stdout, code } = await run(["--rm", ...flags, ...sh("echo ${#V0} ${#V11}")]);
    expect({ stdout, code }).toEqual({ stdout: "100000 100000\n", code: 0 });
  });

  it("have the mounts that programs expect", async () => {
    const { stdout } = await run([
      "--rm",
      ...sh("grep -E ' (/|/proc|/sys|/dev|/dev/pts|/dev/shm) ' /proc/mounts | cut -d' ' -f2,3"),
    ]);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining(["/ overlay", "/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"]),
    );
    const wired = await run([
      "--rm",
      ...sh(
        "echo x > /dev/null && head -c 4 /dev/zero | wc -c && echo to-stderr > /dev/stderr && test -c /dev/urandom && touch /dev/shm/x",
      ),
    ]);
    expect(wired).toMatchObject({ code: 0, stdout: "4\n", stderr: "to-stderr\n" });
  });

  it("know the box's own name and resolvers", async () => {
    const { stdout } = await run([
      "--rm",
      "--dns",
      "192.0.2.53",
      ...sh("cat /etc/resolv.conf; ping -c1 -W5 localhost | head -1; grep $(hostname) /etc/hosts"),
    ]);
    expect(stdout).toContain("nameserver 192.0.2.53");
    expect(stdout).toContain("127.0.0.1");
  });

  it("give a tmpfs with the options asked for", async () => {
    const { stdout } = await run([
      "--rm",
      "--tmpfs",
      "/scratch:size=5m,mode=1777",
      ...sh("grep /scratch /proc/mounts; stat -c %a /scratch"),
    ]);
    expect(stdout).toMatch(/tmpfs \/scratch tmpfs .*noexec.*size=5120k/);
    expect(stdout).toContain("1777");
  });

  it("replace the entrypoint as Docker does", async () => {
    const { stdout } = await run(["--rm", "--entrypoint", "/bin/echo", BUSYBOX, "a", "b c"]);
    expect(stdout).toBe("a b c\n");
  });

  it.each(["1", "2"])("have the processors (%s) and the memory asked for", async (cpus) => {
    const { stdout } = await run([
      "--rm",
      "--cpus",
      cpus,
      "-m",
      "256m",
      ...sh("nproc; grep MemTotal /proc/meminfo"),
    ]);
    expect(stdout.split("\n")[0]).toBe(cpus);
    const kib = Number(/(\d+) kB/.exec(stdout)?.[1]);
    expect(kib).toBeGreaterThan(180_000);
    expect(kib).toBeLessThan(262_144);
  });

  it("reap the orphans that the program leaves", async () => {
    const { stdout } = await run([
      "--rm",
      ...sh("(sleep 0.1 &) ; (sleep 0.2 &); sleep 1; ps -o stat= | grep -c Z || true"),
    ]);
    expect(stdout.trim()).toBe("0");
  });
});

describe("box run", () => {
  it.each([
    [["--memory", "1k", BUSYBOX], "-m"],
    [["-p", "99999:1", BUSYBOX], "99999"],
    [["-v", "/etc:relative", BUSYBOX], "relative"],
    [["--name", "../x", BUSYBOX], "../x"],
    [["--cpus", "0", BUSYBOX], "--cpus"],
    [["--no-such-flag", BUSYBOX], "--no-such-flag"],
    [["--tmpfs", "rel", BUSYBOX], "rel"],
    [["UPPER/case"], "UPPER/case"],
    [["--pull", "never", "127.0.0.1:1/no/image"], "no/image"],
  ])("refuses %j with one line and 125", async (args, named) => {
    const { code, stderr, stdout } = await run(args);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect((await box(["ps", "-aq"])).stdout).not.toContain("../x");
  });
});
