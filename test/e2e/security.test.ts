import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, home, run, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";
import { inspect, type Findings } from "./inspect.js";

const { EPERM, ENOSYS, ENOENT, EAGAIN, EFAULT } = constants.errno;

const AF_UNIX = 1;

/** The five sets, in the order of capabilities(7): inheritable, permitted, effective, bounding, ambient. */
const CAPABILITIES = "grep ^Cap /proc/self/status | cut -f2";
const sets = (text: string | undefined) => (text ?? "").split("\n").map((set) => set.replace(/^0+(?=.)/, ""));
const DEFAULT = "a80425fb";
const ALL = "1ffffffffff";

/** Results of `probe calls`: errno by system call, or 0. */
function calls(text: string | undefined): Record<string, number> {
  const lines = (text ?? "").split("\n").map((line) => line.split(" "));
  return Object.fromEntries(lines.map(([name = "", result]) => [name, Number(result)]));
}

describe("a box without flags", () => {
  let seen: Findings;
  let found: Record<string, number>;
  beforeAll(async () => {
    seen = await inspect([], {
      capabilities: CAPABILITIES,
      modes: "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2",
      calls: "probe calls",
      readOnly: "(echo 1 > /proc/sys/kernel/panic) 2>&1; mkdir /sys/fs/cgroup/x 2>&1; true",
      hidden:
        "cat /proc/keys /proc/interrupts /proc/timer_list | wc -c; head -c 1 /proc/kcore | wc -c; ls /sys/firmware /proc/asound",
      first:
        "echo to process 1 > /proc/1/fd/1; grep -E '^(CapPrm|NoNewPrivs|Seccomp):' /proc/1/status | cut -f2",
      agent: "ps -o pid,comm | sed 1d | wc -l",
    });
    found = calls(seen["calls"]);
  });

  it("has Docker's fourteen default capabilities as root", () => {
    expect(sets(seen["capabilities"])).toEqual(["0", DEFAULT, DEFAULT, DEFAULT, "0"]);
    expect(seen["modes"]).toBe("0\n2");
  });

  it("is denied privileged system calls by Docker's filter", () => {
    const names = [
      ...[
        "mount",
        "umount2",
        "unshare",
        "unshare-user",
        "clone-user",
        "setns",
        "pivot_root",
        "keyctl",
        "add_key",
      ],
      ...["bpf", "io_uring_setup", "userfaultfd", "perf_event_open", "personality-no-random", "socket-alg"],
      ...["socket-vsock", "socket-vsock-high-bits", "open_by_handle_at", "init_module", "reboot", "swapon"],
      ...["clock_settime", "sethostname", "iopl", "set_mempolicy", "statmount"],
    ];
    expect(Object.fromEntries(names.map((name) => [name, found[name]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, EPERM])),
    );
  });

  it("gets ENOSYS for system calls newer than the filter", () => {
    expect(found).toMatchObject({ clone3: ENOSYS, unknown: ENOSYS, fchmodat2: ENOENT });
  });

  it("allows what ordinary programs do", () => {
    const names = ["chroot", "ptrace", "personality-linux32", "socket-inet", "socket-unix", "socket-packet"];
    for (const name of names) expect(found, name).toHaveProperty(name, 0);
  });

  it("can neither change nor see the kernel's controls", () => {
    expect(seen["readOnly"]?.match(/Read-only file system/g)).toHaveLength(2);
    expect(seen["hidden"]).toBe("0\n0\n/proc/asound:\n\n/sys/firmware:");
  });

  it("has a PID 1 that writes to the box's output and reveals nothing", () => {
    expect(seen["first"]).toBe("to process 1\n0000000000000000\n1\n2");
    expect(Number(seen["agent"])).toBeLessThan(8);
  });
});

describe("a privileged box", () => {
  let seen: Findings;
  beforeAll(async () => {
    seen = await inspect(["--privileged"], {
      capabilities: CAPABILITIES,
      seccomp: "grep ^Seccomp: /proc/self/status | cut -f2",
      calls: "probe calls",
      controls:
        "echo 5 > /proc/sys/kernel/panic; cat /proc/sys/kernel/panic; mkdir /sys/fs/cgroup/x && echo made",
      mounts: "grep -cE '^[a-z0-9]+ /(proc|sys)/' /proc/mounts",
      devices: "ls -d /dev/fuse /dev/net/tun /dev/kmsg /dev/vdc /dev/loop0",
      modes: "stat -c %a /dev/fuse /dev/net/tun /dev/vdc",
    });
  });

  it("is allowed everything", () => {
    expect(sets(seen["capabilities"])).toEqual(["0", ALL, ALL, ALL, "0"]);
    expect(seen["seccomp"]).toBe("0");
    expect(calls(seen["calls"])).toMatchObject({
      mount: 0,
      unshare: 0,
      "clone-user": 0,
      keyctl: 0,
      sethostname: 0,
    });
  });

  it("has all devices and writable kernel controls", () => {
    expect(seen["controls"]).toBe("5\nmade");
    expect(seen["mounts"]).toBe("1");
    expect(seen["devices"]?.split("\n")).toHaveLength(5);
  });

  it("lets every user open the devices that udev opens to all, and no others", () => {
    expect(seen["modes"]).toBe("666\n666\n600");
  });
});

describe("security flags", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "box-security-"));
    const profile = {
      defaultAction: "SCMP_ACT_ALLOW",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
      syscalls: [
        { names: ["keyctl", "no_such_call"], action: "SCMP_ACT_ERRNO", errnoRet: EAGAIN },
        { names: ["chroot"], action: "SCMP_ACT_ERRNO", excludes: { caps: ["CAP_NET_ADMIN"] } },
        {
          names: ["io_uring_setup"],
          action: "SCMP_ACT_ERRNO",
          errnoRet: EFAULT,
          includes: { caps: ["CAP_NET_ADMIN"] },
        },
        {
          names: ["socket"],
          action: "SCMP_ACT_ERRNO",
          errnoRet: ENOSYS,
          args: [{ index: 0, value: AF_UNIX, op: "SCMP_CMP_EQ" }],
        },
      ],
    };
    await writeFile(join(folder, "profile.json"), JSON.stringify(profile));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("drop capabilities before adding them, for root, and compile the matching filter", async () => {
    const flags = ["--cap-drop", "ALL", "--cap-add", "sys_admin", "--cap-add", "CAP_CHOWN"];
    const seen = await inspect([...flags, "--security-opt", "systempaths=unconfined"], {
      capabilities: CAPABILITIES,
      calls: "probe calls",
      paths: "echo 7 > /proc/sys/kernel/panic; cat /proc/sys/kernel/panic; cat /proc/interrupts | wc -l",
    });
    expect(sets(seen["capabilities"])).toEqual(["0", "200001", "200001", "200001", "0"]);
    expect(calls(seen["calls"])).toMatchObject({
      mount: 0,
      unshare: 0,
      chroot: EPERM,
      keyctl: EPERM,
      iopl: EPERM,
    });
    expect(seen["paths"]).toMatch(/^7\n[1-9]/);
  });

  it("accept a custom profile, and apply to other users too", async () => {
    const profile = join(folder, "profile.json");
    const flags = ["-u", "daemon", "--cap-add", "ALL", "--cap-drop", "SYS_ADMIN", "--security-opt"];
    const seen = await inspect([...flags, `seccomp=${profile}`, "--security-opt", "no-new-privileges"], {
      capabilities: CAPABILITIES,
      modes: "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2",
      calls: "probe calls",
    });
    expect(sets(seen["capabilities"])).toEqual(["0", "0", "0", "1ffffdfffff", "0"]);
    expect(seen["modes"]).toBe("1\n2");
    expect(calls(seen["calls"])).toMatchObject({
      ...{ keyctl: EAGAIN, io_uring_setup: EFAULT, "socket-unix": ENOSYS, "socket-inet": 0, add_key: 0 },
      ...{ "unshare-user": 0, chroot: EPERM },
    });
  });

  it.each([
    [["--cap-add", "NO_SUCH"], "NO_SUCH"],
    [["--security-opt", "seccomp=/no/such/profile.json"], "/no/such/profile.json"],
    [["--security-opt", `seccomp=${join(import.meta.dirname, "security.test.ts")}`], "not valid JSON"],
    [["--device", "/dev/dri/card0"], "/dev/dri/card0"],
  ])("%j is refused before anything starts", async (flags, named) => {
    const { code, stderr } = await run(["--rm", ...flags, BUSYBOX, "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain(named);
  });
});

describe("a box that misbehaves", () => {
  /** Few other boxes are as small. */
  const once = { env: { BOX_TEMPLATES: "off" } };

  it("fills only its own disk, and has programs killed for memory without affecting others", async () => {
    const script =
      "dd if=/dev/zero of=/big bs=1M count=100 2>&1 | grep -o 'No space left'; rm /big; sync; echo eats; probe memory";
    const small = ["-m", "160m", "--storage-opt", "size=64m"];
    const id = await runDetached([...small, BUSYBOX, "sh", "-c", `${script}; exit 3`], once);
    await awaitLog(id, "eats");
    while ((await box(["ps", "-q"])).stdout.includes(id.slice(0, 12))) await box(["logs", "-f", id]);
    expect((await box(["logs", id])).stdout).toContain("No space left\neats\n");
    const state = JSON.parse(await readFile(join(home(), "boxes", id, "state.json"), "utf8")) as object;
    expect(state).toMatchObject({ exitCode: 3, oomKilled: true });
  });

  it("is killed as a whole when its main program exhausts memory", async () => {
    const { code } = await run(["--rm", "-m", "128m", BUSYBOX, "probe", "memory"], once);
    expect(code).toBe(137);
  });

  it("cannot exceed its process limit, and still stops", async () => {
    const bomb =
      "bomb() { bomb | bomb & }; probe forks; bomb 2> /dev/null; echo lit; while :; do sleep 1; done";
    const id = await runDetached(["--pids-limit", "60", BUSYBOX, "sh", "-c", bomb]);
    await awaitLog(id, "lit");
    expect((await box(["stop", "-t", "1", id])).code).toBe(0);
    expect((await box(["logs", id])).stdout).toMatch(new RegExp(`^forks 5[0-9] ${EAGAIN}\n`));
  });
});
