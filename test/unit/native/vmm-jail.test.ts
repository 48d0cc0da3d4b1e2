import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPrograms, finish, run, type Programs } from "./vmm-program.js";

// A VMM that has been taken over (native/vmm/test/jail-probe.c), in place of either VMM, tries to get out.

const ROOT = process.getuid?.() === 0;
const STRANGER = 54_321;
const users = [["the caller", process.getuid?.() ?? 0], ...(ROOT ? [["a stranger", STRANGER]] : [])] as [
  string,
  number,
][];

let programs: Programs;
/** A home directory with a socket; the victim is a process of the host. */
let home: string;
let server: Server;
let victim: ChildProcess;

beforeAll(async () => {
  programs = await buildPrograms();
  home = join(programs.folder, "home");
  mkdirSync(home, { mode: 0o755 });
  server = createServer((connection) => connection.destroy()).listen(join(home, "socket"));
  await once(server, "listening");
  chmodSync(join(home, "socket"), 0o777);
  victim = spawn("sleep", ["10000"], { stdio: "ignore" });
});
afterAll(() => {
  server.close();
  victim.kill("SIGKILL");
  rmSync(programs.folder, { recursive: true, force: true });
});

/** Creates a user's files for a box, and a world-readable secret, which only the jail protects from the VMM. */
function makeFiles(uid: number) {
  const folder = join(programs.folder, `of ${uid}`);
  rmSync(folder, { recursive: true, force: true });
  // The helper requires a directory that belongs to its user alone.
  mkdirSync(folder, { mode: 0o700 });
  const path = (name: string) => join(folder, name);
  writeFileSync(path("secret"), "secret", { mode: 0o644 });
  for (const name of ["kernel", "upper", "layer"]) writeFileSync(path(name), name, { mode: 0o600 });
  writeFileSync(path("image.vmdk"), `# Disk DescriptorFile\nRW 1 FLAT "${path("layer")}" 0\n`, {
    mode: 0o600,
  });
  for (const name of ["", "secret", "kernel", "upper", "layer", "image.vmdk"])
    chownSync(path(name), uid, uid);
  return path;
}

interface Attack {
  wrapper?: string[];
  /** The only system call to try. */
  call?: string;
  /** A port to publish: krun's VMM is in the host's network, where it listens itself (TSI). */
  publish?: string;
  /** Changes the box's files first. */
  prepare?: (path: (name: string) => string) => void;
}

/** Options with which the helper executes the probe as the VMM. */
function words(vmm: string, path: (name: string) => string, { call, publish }: Attack): string[] {
  const file = call === undefined ? path("secret") : `call:${call}`;
  const targets = [file, join(home, "socket"), String(victim.pid), path("layer")];
  const disks = ["--disk", "rw", "raw", path("upper"), "--disk", "ro", "vmdk", path("image.vmdk")];
  const network = publish === undefined ? [] : ["--publish", "tcp", "*", publish, "80"];
  const shared = ["--kernel", path("kernel"), ...disks, ...network];
  return vmm === "qemu"
    ? ["qemu", ...shared, "--", join(programs.folder, "jail-probe"), ...targets]
    : [
        ...["krun", "--libkrun", join(programs.folder, "libjail-probe.so"), "--cmdline", targets.join("\n")],
        ...["--cpus", "1", "--memory", "1", "--net", publish === undefined ? "none" : "tsi", ...shared],
      ];
}

/** Runs the probe. Resolves with its result per attempt, the warnings for the user, and the monitor's log. */
async function attack(vmm: string, uid: number, options: Attack = {}) {
  const path = makeFiles(uid);
  options.prepare?.(path);
  const monitor = ["/bin/sh", "-c", "cat <&6; cat <&8"].flatMap((word) => ["--monitor-arg", word]);
  const launch = ["launch", "--lock", path("lock"), "--socket", path("s"), ...monitor, "--"];
  const [program = "", ...args] = [
    ...(options.wrapper ?? []),
    programs.strictHelper,
    ...launch,
    ...words(vmm, path, options),
  ];
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], SECRET: "x" },
    ...(ROOT ? { uid, gid: uid } : {}),
  });
  let warnings = "";
  child.stdio[4]?.on("data", (data: Buffer) => (warnings += data.toString()));
  const { stdout, stderr } = await finish(child);
  const lines = stdout.trim().split("\n");
  const seen = Object.fromEntries(lines.map((line) => line.split(/:\s+/)) as [string, string][]);
  const { Uid = "", Gid = "", Groups, kvm, ...tried } = seen;
  const ids = { uids: Uid.split("\t").map(Number), gids: Gid.split("\t").map(Number), groups: Groups };
  return { seen: tried, ids, kvm, said: stdout.trim(), warnings, log: stderr, path };
}

const HELD = {
  "read file": "ENOENT",
  "make file": "EROFS",
  "read disk": "ok",
  "write disk": "EROFS",
  connect: "EAFNOSUPPORT",
  "look at process": "ENOENT",
  "signal process": "EPERM",
  "signal thread": "EPERM",
  clone3: "ENOSYS",
  inotify: "ENOSYS",
  io_uring: "ENOSYS",
  mempolicy: "ENOSYS",
  "message queue": "ENOSYS",
  personality: "ENOSYS",
  priority: "ENOSYS",
  scheduler: "ENOSYS",
  "shared memory": "ENOSYS",
  syslog: "ENOSYS",
  timer: "ENOSYS",
  userfaultfd: "ENOSYS",
  "watch process": "ENOSYS",
  "make folder": "ENOSYS",
  "remove file": "ENOSYS",
  "change mode": "ENOSYS",
  "change owner": "ENOSYS",
  "change user": "ENOSYS",
  "type into terminal": "ENOTTY",
  "limit of another": "EPERM",
  process: "EPERM",
  "user namespace": "EPERM",
  chroot: "EPERM",
  CapEff: "0000000000000000",
  CapBnd: "0000000000000000",
  NoNewPrivs: "1",
  Seccomp: "2",
  core: "0",
  secret: "none",
};

/** libkrun is already loaded. QEMU is executed, and translates the guest's code. */
const OF_KRUN = { execute: "EPERM", fork: "EPERM", "new code": "EPERM" };
const OF_QEMU = { "new code": "ok" };

/** Calls that no library makes by accident. */
const FATAL = [
  ...["ptrace", "process_vm_readv", "kcmp", "pidfd_getfd", "mount", "umount2", "pivot_root", "open_tree"],
  ...["move_mount", "mount_setattr", "fsopen", "setns", "open_by_handle_at", "swapon", "bpf"],
  ...["perf_event_open", "keyctl", "add_key", "init_module", "reboot", "clock_settime"],
];

describe.each(["qemu", "krun"])("a hostile VMM in the place of %s", (vmm) => {
  it.each(users)("of %s reaches nothing", async (_, uid) => {
    const { seen, warnings, log } = await attack(vmm, uid);
    // It may not even try to write to root's files.
    const asked = uid === 0 ? { "write disk": "EACCES" } : {};
    expect(seen).toEqual({ ...HELD, ...(vmm === "krun" ? OF_KRUN : OF_QEMU), ...asked });
    expect(log).toMatch(/^\S+ info jail: user-namespace, own-root, pid-namespace, ipc-namespace, /);
    expect(warnings.replace("missing-layers\tqemu-sandbox\n", "")).toBe("");
  });

  it.each(users)(
    "of %s reaches little where user namespaces are forbidden, which is reported",
    async (_, uid) => {
      const forbid =
        'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -sys_admin "$@"';
      const wrapper = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"];
      const { seen, warnings, log } = await attack(vmm, uid, { wrapper });
      // Only by Landlock.
      const held = {
        "read file": "EACCES",
        "make file": "EACCES",
        "write disk": "EACCES",
        "look at process": "EACCES",
      };
      expect(seen).toMatchObject({ ...HELD, ...held, ...(vmm === "krun" ? OF_KRUN : OF_QEMU) });
      expect(warnings).toMatch(/^missing-layers\tuser-namespace\town-root\t/);
      expect(log).toContain(
        " info jail: no-new-privileges, rlimits, seccomp, landlock; missing: user-namespace (this host does not allow user namespaces: ",
      );
    },
  );
});

/** The range of the boxes' users; all of them are in the group with the last ID (native/vmm/user.c). */
const USERS = { first: 0x7000_0000, last: 0x7800_0000 };

describe.runIf(ROOT).each(["qemu", "krun"])("a hostile VMM of root's in the place of %s", (vmm) => {
  it("runs as the box's own user, and the box's files still belong to root", async () => {
    const { ids, path, seen } = await attack(vmm, 0);
    const [uid = 0] = ids.uids;
    expect(uid).toBeGreaterThanOrEqual(USERS.first);
    expect(uid).toBeLessThan(USERS.last);
    expect(ids.uids).toEqual([uid, uid, uid, uid]);
    expect(ids.gids).toEqual([uid, uid, uid, uid]);
    expect(ids.groups?.trim()).toBe(String(USERS.last));
    expect(seen).toMatchObject({ "read disk": "ok", "write disk": "EACCES" });
    const modes = ["kernel", "layer", "image.vmdk", "upper", "secret"].map((name) => {
      const { uid: owner, gid, mode } = statSync(path(name));
      return [name, owner, gid, (mode & 0o777).toString(8)];
    });
    expect(modes).toEqual([
      ["kernel", 0, USERS.last, "640"],
      ["layer", 0, USERS.last, "640"],
      ["image.vmdk", 0, USERS.last, "640"],
      ["upper", 0, uid, "660"],
      ["secret", 0, 0, "644"],
    ]);
  });

  it("does so even if the box publishes a port below 1024", async () => {
    const { ids, seen } = await attack(vmm, 0, { publish: "81" });
    expect(ids.uids[0]).toBeGreaterThanOrEqual(USERS.first);
    const kept = vmm === "krun" ? "0000000000000400" : "0000000000000000";
    expect(seen).toMatchObject({ CapEff: kept, CapBnd: kept });
  });

  it("stays root, without capabilities, if a file is a link, which is logged", async () => {
    const prepare = (path: (name: string) => string) => {
      rmSync(path("upper"));
      writeFileSync(path("other"), "", { mode: 0o600 });
      symlinkSync(path("other"), path("upper"));
    };
    const { ids, seen, log, path } = await attack(vmm, 0, { prepare });
    expect(ids.uids[0]).toBe(0);
    expect(seen).toMatchObject(HELD);
    expect(log).toContain(`; left out: own-user (${path("upper")} is accessible only to root)`);
    expect(statSync(path("other")).mode & 0o777).toBe(0o600);
  });
});

const KVM = statSync("/dev/kvm", { throwIfNoEntry: false });

describe.runIf(ROOT && KVM !== undefined)(
  "a hostile VMM of root's, where only root may open /dev/kvm,",
  () => {
    /** Without udev, only root may open the device. This test changes it in its own mount namespace. */
    const closeKvm = `d=$(mktemp -d) && mount -t tmpfs none $d && cp -a /dev/kvm $d/ && chown 0:0 $d/kvm && chmod 600 $d/kvm &&
    mount --bind $d/kvm /dev/kvm && umount -l $d && rmdir $d && exec "$@"`;
    const closed = ["unshare", "--mount", "sh", "-c", closeKvm, "sh"];

    it("runs as the box's own user, with a device node that no other process has", async () => {
      const { ids, kvm, seen, log } = await attack("krun", 0, { wrapper: closed });
      expect(ids.uids[0]).toBeGreaterThanOrEqual(USERS.first);
      expect(ids.groups?.trim()).toBe(String(USERS.last));
      expect(kvm).toBe("ok");
      expect(seen).toMatchObject({ "change mode": "ENOSYS", CapEff: "0000000000000000" });
      expect(log).not.toContain("left out");
      expect((await attack("qemu", 0, { wrapper: closed })).kvm).toBe("ENOENT");
    });

    it("stays root if no device node can be created, which is logged", async () => {
      const wrapper = [...closed, "setpriv", "--bounding-set", "-mknod"];
      const { ids, kvm, seen, log } = await attack("krun", 0, { wrapper });
      expect(ids.uids[0]).toBe(0);
      expect(kvm).toBe("ok");
      expect(seen).toMatchObject(HELD);
      expect(log).toContain(
        "; left out: own-user (/dev/kvm is accessible only to root; cannot create a device node for the box's user: Operation not permitted)",
      );
    });
  },
);

it.each(["qemu", "krun"])(
  "a hostile VMM in the place of %s dies of calls that only an attacker makes",
  { tags: "slow" },
  async (vmm) => {
    for (const call of FATAL) {
      const { said } = await attack(vmm, process.getuid?.() ?? 0, { call });
      expect({ call, said }).toEqual({ call, said: "box-vmm ended: signal 31 (Bad system call)" });
    }
  },
);

describe("layers", () => {
  it.each(users)("of %s are listed", async (_, uid) => {
    const { stdout } = await run(programs.strictHelper, ["layers"], ROOT ? { uid, gid: uid } : {});
    expect(stdout).toMatch(/^user-namespace\tyes\t\nown-root\tyes\t\n/);
  });
});
