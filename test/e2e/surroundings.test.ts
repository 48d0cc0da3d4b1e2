import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BUSYBOX } from "./images.js";
import { inspect, type Findings } from "./inspect.js";
import { awaitLog, box, DRIVER, ONLY_FULL_ON_KRUN, removeAfterTest, run, runDetached } from "./box.js";

/** On krun, one box shows what is specific to it: processors, memory and clock. */
const CPUS = ONLY_FULL_ON_KRUN ? "2" : "1";

describe("a program in a box", () => {
  let seen: Findings;
  beforeAll(async () => {
    const flags = [
      "--cpus",
      CPUS,
      "-m",
      "256m",
      "--dns",
      "192.0.2.53",
      "--tmpfs",
      "/scratch:size=5m,mode=1777",
    ];
    const looks = {
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
      clock: "cat /sys/devices/system/clocksource/clocksource0/current_clocksource",
      copying: "grep -cwE 'erms|fsrm' /proc/cpuinfo",
      memory: "grep MemTotal /proc/meminfo",
      zombies: "(sleep 0.1 &) ; (sleep 0.2 &); sleep 1; ps -o stat= | grep -c Z",
    };
    // No other box has this size.
    seen = await inspect(flags, looks, { env: { BOX_TEMPLATES: "off" } });
  });

  it("has the image's environment, working directory and user", () => {
    expect(seen["environment"]).toMatch(/^\|.*\/bin.*\|\/root$/);
    expect(seen["place"]).toBe("/\n0");
  });

  it("has the mounts that programs expect", () => {
    expect(seen["mounts"]?.split("\n")).toEqual(
      expect.arrayContaining(["/ overlay", "/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"]),
    );
    expect(seen["devices"]).toBe("4\nfine");
  });

  it("has the box's host name and the given resolvers", () => {
    expect(seen["resolvers"]).toContain("nameserver 192.0.2.53");
    expect(seen["hosts"]).toMatch(/\S+\s+\S+/);
    expect(seen["loopback"]).toContain("127.0.0.1");
  });

  it("has a tmpfs with the given options", () => {
    expect(seen["tmpfs"]).toMatch(/tmpfs \/scratch tmpfs .*noexec.*size=5120k/);
    expect(seen["tmpfs"]).toMatch(/^1777$/m);
  });

  it(`has the given memory and number of CPUs, ${CPUS}`, () => {
    expect(seen["processors"]).toBe(CPUS);
    const kib = Number(/(\d+) kB/.exec(seen["memory"] ?? "")?.[1]);
    expect(kib).toBeGreaterThan(180_000);
    expect(kib).toBeLessThan(262_144);
  });

  it("has a clock source that needs no timer ticks, which a busy host cannot emulate in time", async () => {
    const even = /constant_tsc.* nonstop_tsc/.test(await readFile("/proc/cpuinfo", "utf8"));
    if (even || DRIVER === "krun") expect(seen["clock"]).toMatch(/^(tsc(-early)?|kvm-clock)$/);
  });

  it.skipIf(DRIVER === "krun")("copies no memory by the byte, which an emulated processor would do", () => {
    expect(seen["copying"]).toBe("0");
  });

  it("need not reap orphans", () => {
    expect(seen["zombies"]).toBe("0");
  });
});

describe.skipIf(ONLY_FULL_ON_KRUN)("a program in a box with flags of its own", () => {
  let seen: Findings;
  let folder: string;
  afterAll(() => rm(folder, { recursive: true }));
  beforeAll(async () => {
    // Far more than the kernel's command line can carry.
    const big = Array.from({ length: 12 }, (_, i) => ["-e", `V${i}=${"x".repeat(100_000)}`]).flat();
    folder = await mkdtemp(join(tmpdir(), "box-surroundings-"));
    const file = join(folder, "variables");
    await writeFile(file, "A=from the file\nC=from the file\nPATH=/bin:/from/file\n");
    const flags = [
      "--env-file",
      file,
      "--cpus",
      "2",
      "-e",
      "A=1 2",
      "-e",
      "B",
      "-w",
      "/made/up",
      "-u",
      "daemon",
      ...big,
    ];
    seen = await inspect(
      flags,
      {
        environment: 'echo "$A|$B|$C|$PATH"',
        place: "pwd; id -u; id -g",
        sizes: "echo ${#V0} ${#V11}",
        limits: "(cd /proc/sys; cat kernel/pid_max kernel/threads-max fs/inotify/max_user_watches)",
        processes: "ls /sys/fs/cgroup | grep -c pids.max; grep 'Max processes' /proc/self/limits",
        processors: "nproc",
      },
      { env: { B: "mine" } },
    );
  });

  it("has the given environment, working directory and user", () => {
    expect(seen["environment"]).toBe("1 2|mine|from the file|/bin:/from/file");
    expect(seen["place"]).toBe("/made/up\n1\n1");
  });

  it("receives megabytes of environment intact", () => {
    expect(seen["sizes"]).toBe("100000 100000");
  });

  it("has Linux's usual limits on processes and watched files, as far as the memory allows", () => {
    const [pids, threads, watches] = (seen["limits"] ?? "").split("\n").map(Number);
    expect([pids, watches]).toEqual([32_768, 1_048_576]);
    expect(threads).toBeGreaterThan(9000);
    expect(seen["processes"]).toMatch(/^0\nMax processes +unlimited +unlimited/);
  });

  it("may start thousands of processes", { tags: "full" }, async () => {
    const { forks } = await inspect(["-u", "daemon"], { forks: "env -i probe forks" });
    expect(forks).toBe("forks 5000 0");
  });

  it("has the given number of CPUs", () => {
    expect(seen["processors"]).toBe("2");
  });
});

describe.skipIf(ONLY_FULL_ON_KRUN)("a program in a box with kernel settings of its own", () => {
  let seen: Findings;
  beforeAll(async () => {
    const flags = [
      ...[
        "-u",
        "daemon",
        "--group-add",
        "video",
        "--group-add",
        "4242",
        "--init",
        "--read-only",
        "-w",
        "/made/up",
      ],
      ...["--ulimit", "nofile=64:128", "--ulimit", "core=-1", "--pids-limit", "40", "--shm-size", "8m"],
      ...[
        "--sysctl",
        "net.core.somaxconn=77",
        "--sysctl",
        "kernel.msgmax=9000",
        "--sysctl",
        "fs.protected_fifos=2",
        "--tmpfs",
        "/scratch:mode=1777",
      ],
      ...["--hostname", "crate.example.org", "--add-host", "other:192.0.2.7"],
      ...["--device", "/dev/net/tun", "--device", "/dev/fuse:/dev/my-fuse:r"],
    ];
    seen = await inspect(flags, {
      groups: "id -u; id -g; id -G",
      limits: "ulimit -n; ulimit -Hn; ulimit -c; umask",
      pids: "cat /sys/fs/cgroup/pids.max; cat /proc/self/cgroup; probe forks",
      shm: "df -k /dev/shm | tail -1",
      sysctls: "cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax /proc/sys/fs/protected_fifos",
      protections: "(cd /proc/sys/fs; cat protected_hardlinks protected_symlinks protected_regular)",
      names: "hostname; cat /etc/hostname; cat /etc/hosts",
      writing:
        "pwd; for f in /x /etc/hosts /made/up/x; do touch $f 2>&1; done; touch /scratch/x && echo scratched",
      devices: "stat -c '%A %t:%T' /dev/net/tun /dev/my-fuse",
    });
  });

  it("has the given groups and limits, and Docker's umask", () => {
    expect(seen["groups"]).toBe("1\n1\n1 44 4242");
    expect(seen["limits"]).toBe("64\n128\nunlimited\n0022");
  });

  it("has no more processes than allowed, in its own control group", () => {
    expect(seen["pids"]).toMatch(/^40\n0::\/\nforks 3[0-9] 11$/);
  });

  it("has the given shared memory and sysctls", () => {
    expect(seen["shm"]).toMatch(/^tmpfs +8192 /);
    expect(seen["sysctls"]).toBe("77\n9000\n2");
  });

  it("has protected links and regular files in shared directories, as distributions do", () => {
    expect(seen["protections"]).toBe("1\n1\n2");
  });

  it("has the given names", () => {
    expect(seen["names"]).toMatch(/^(crate\.example\.org\n){2}/);
    const own = DRIVER === "krun" ? "127.0.1.1" : "10.0.2.15";
    expect(seen["names"]).toContain(`192.0.2.7\tother\n${own}\tcrate.example.org crate`);
  });

  it("has a read-only root, except for mounts", () => {
    const [folder, ...refused] = (seen["writing"] ?? "").split("\n");
    expect(folder).toBe("/made/up");
    expect(refused.pop()).toBe("scratched");
    expect(refused).toHaveLength(3);
    for (const line of refused) expect(line).toContain("Read-only file system");
  });

  it("has the given devices", () => {
    expect(seen["devices"]).toBe("crw-rw-rw- a:c8\ncr--r--r-- a:e5");
  });
});

/** Behaves as systemd does when it is asked to halt. */
const SYSTEMD = `#!/bin/sh
trap 'echo halted; exit 0' 37
sed -n 's,^tmpfs \\(/run[^ ]*\\) .*,on \\1,p' /proc/mounts
echo booted
while :; do sleep 1; done
`;

describe.skipIf(ONLY_FULL_ON_KRUN)("a box whose program is systemd", () => {
  it("has a tmpfs at /run and /run/lock, and stops with the signal that halts systemd", async () => {
    const folder = await mkdtemp(join(tmpdir(), "box-systemd-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const program = join(folder, "systemd");
    await writeFile(program, SYSTEMD, { mode: 0o755 });
    const id = await runDetached(["-v", `${program}:/sbin/init:ro`, BUSYBOX, "/sbin/init"]);
    await awaitLog(id, "booted");
    await box(["stop", "-t", "60", id]);
    expect((await box(["logs", id])).stdout).toBe("on /run\non /run/lock\nbooted\nhalted\n");
  });
});

describe.skipIf(ONLY_FULL_ON_KRUN)("the flags of box run", () => {
  it("set a domain name and the preference of the OOM killer, of which exec takes the latter", async () => {
    const flags = [
      "-d",
      "-h",
      "web",
      "--domainname",
      "example.org",
      "--oom-score-adj",
      "500",
      "-u",
      "daemon",
    ];
    const { stdout, code } = await run([...flags, BUSYBOX, "sleep", "1000"]);
    expect(code).toBe(0);
    const id = stdout.trim();
    removeAfterTest(id);
    const script =
      "cat /proc/sys/kernel/domainname /proc/self/oom_score_adj /proc/2/oom_score_adj /etc/hosts; hostname";
    const seen = (await box(["exec", id, "sh", "-c", script])).stdout;
    expect(seen).toMatch(/^example\.org\n500\n500\n/);
    expect(seen).toContain("\tweb.example.org web\n");
    expect(seen).toMatch(/\nweb\n$/);
  });

  it("accept numeric users that the image does not define, and replace the entrypoint", async () => {
    const flags = ["--rm", "-u", "4321:8765", "--entrypoint", "/bin/sh"];
    const { stdout, stderr, code } = await run([...flags, BUSYBOX, "-c", "id -u; id -g; echo $0", "a b"]);
    expect({ stdout, stderr, code }).toEqual({ stdout: "4321\n8765\na b\n", stderr: "", code: 0 });
  });

  it("refuse user names that the image does not define", async () => {
    const { code, stderr } = await run(["--rm", "-u", "nosuchuser", BUSYBOX, "id"]);
    expect(code).toBe(125);
    expect(stderr).toContain("nosuchuser");
  });
});
