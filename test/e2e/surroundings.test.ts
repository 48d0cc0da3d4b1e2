import { beforeAll, describe, expect, it } from "vitest";
import { BUSYBOX } from "./images.js";
import { inspect, type Findings } from "./inspect.js";
import { run } from "./box.js";

describe("a program in a box", () => {
  let seen: Findings;
  beforeAll(async () => {
    const flags = ["-m", "256m", "--dns", "192.0.2.53", "--tmpfs", "/scratch:size=5m,mode=1777"];
    seen = await inspect(flags, {
      environment: 'echo "$A|$PATH|$HOME"',
      place: "pwd; id -u",
      mounts: "cut -d' ' -f2,3 /proc/mounts",
      devices:
        "echo x > /dev/null && head -c 4 /dev/zero | wc -c && test -c /dev/urandom && touch /dev/shm/x && echo fine > /dev/stdout",
      resolvers: "cat /etc/resolv.conf",
      hosts: "grep $(hostname) /etc/hosts",
      loopback: "ping -c1 -W5 localhost | head -1",
      tmpfs: "grep /scratch /proc/mounts; stat -c %a /scratch",
      processors: "nproc",
      memory: "grep MemTotal /proc/meminfo",
      zombies: "(sleep 0.1 &) ; (sleep 0.2 &); sleep 1; ps -o stat= | grep -c Z",
    });
  });

  it("has the image's environment, folder and user", () => {
    expect(seen["environment"]).toMatch(/^\|.*\/bin.*\|\/root$/);
    expect(seen["place"]).toBe("/\n0");
  });

  it("has the mounts that programs expect", () => {
    expect(seen["mounts"]?.split("\n")).toEqual(
      expect.arrayContaining(["/ overlay", "/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"]),
    );
    expect(seen["devices"]).toBe("4\nfine");
  });

  it("knows the box's own name and the resolvers asked for", () => {
    expect(seen["resolvers"]).toContain("nameserver 192.0.2.53");
    expect(seen["hosts"]).toMatch(/\S+\s+\S+/);
    expect(seen["loopback"]).toContain("127.0.0.1");
  });

  it("has a tmpfs with the options asked for", () => {
    expect(seen["tmpfs"]).toMatch(/tmpfs \/scratch tmpfs .*noexec.*size=5120k/);
    expect(seen["tmpfs"]).toMatch(/^1777$/m);
  });

  it("has one processor and the memory asked for", () => {
    expect(seen["processors"]).toBe("1");
    const kib = Number(/(\d+) kB/.exec(seen["memory"] ?? "")?.[1]);
    expect(kib).toBeGreaterThan(180_000);
    expect(kib).toBeLessThan(262_144);
  });

  it("need not reap the orphans that it leaves", () => {
    expect(seen["zombies"]).toBe("0");
  });
});

describe("a program in a box with flags of its own", () => {
  let seen: Findings;
  beforeAll(async () => {
    // Far more than the kernel's command line could carry.
    const big = Array.from({ length: 12 }, (_, i) => ["-e", `V${i}=${"x".repeat(100_000)}`]).flat();
    const flags = ["--cpus", "2", "-e", "A=1 2", "-e", "B", "-w", "/made/up", "-u", "daemon", ...big];
    seen = await inspect(
      flags,
      {
        environment: 'echo "$A|$B"',
        place: "pwd; id -u; id -g",
        sizes: "echo ${#V0} ${#V11}",
        processors: "nproc",
      },
      { env: { B: "mine" } },
    );
  });

  it("has the environment, folder and user asked for", () => {
    expect(seen["environment"]).toBe("1 2|mine");
    expect(seen["place"]).toBe("/made/up\n1\n1");
  });

  it("has an environment of megabytes whole", () => {
    expect(seen["sizes"]).toBe("100000 100000");
  });

  it("has the processors asked for", () => {
    expect(seen["processors"]).toBe("2");
  });
});

describe("the flags of box run", () => {
  it("take numbers of users that the image does not know, and replace the entrypoint", async () => {
    const flags = ["--rm", "-u", "4321:8765", "--entrypoint", "/bin/sh"];
    const { stdout, stderr, code } = await run([
      ...flags,
      BUSYBOX,
      "--",
      "-c",
      "id -u; id -g; echo $0",
      "a b",
    ]);
    expect({ stdout, stderr, code }).toEqual({ stdout: "4321\n8765\na b\n", stderr: "", code: 0 });
  });

  it("refuse names of users that the image does not know", async () => {
    const { code, stderr } = await run(["--rm", "-u", "nosuchuser", BUSYBOX, "id"]);
    expect(code).toBe(125);
    expect(stderr).toContain("nosuchuser");
  });
});
