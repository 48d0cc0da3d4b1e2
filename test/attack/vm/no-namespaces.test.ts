import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { box, DRIVER, finish, FULL, ROOT, testEnvironment } from "../../e2e/box.js";
import { BUSYBOX, PYTHON } from "../../e2e/images.js";
import { VIRTIOFSD } from "../../../src/vm/runtime-files.js";

// Root in a container whose engine refuses user namespaces, with and without CAP_SYS_ADMIN.

/** Capabilities that Docker leaves to root in a container. */
const DOCKERS = [
  ...[
    "chown",
    "dac_override",
    "fsetid",
    "fowner",
    "mknod",
    "net_raw",
    "setgid",
    "setuid",
    "setfcap",
    "setpcap",
  ],
  ...["net_bind_service", "sys_chroot", "kill", "audit_write"],
].map((name) => `+${name}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-no-namespaces-"));
  const source = join(import.meta.dirname, "refuse-namespaces.c");
  execFileSync("gcc", ["-O1", "-o", join(folder, "refuse"), source]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `user`: user namespaces are refused; `all`: all namespaces and unshare(2) are refused; `bare`: Landlock too. */
interface Container {
  refused: "user" | "all" | "bare";
  before: string[];
}

function run({ refused, before }: Container, flags: string[], ...command: string[]) {
  const words = [refused, ...before, join(ROOT, "dist/box"), "run", "--rm", "--vmm", DRIVER, "--cpus", "1"];
  const child = spawn(join(folder, "refuse"), [...words, ...flags, ...command], {
    env: testEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return finish(child);
}

const ALL: Container = { refused: "user", before: [] };
const AS_DOCKER: Container = {
  refused: "all",
  before: ["setpriv", "--bounding-set", ["-all", ...DOCKERS].join(",")],
};
const WITHOUT_LANDLOCK: Container = { ...AS_DOCKER, refused: "bare" };
/** The version in Rust requires Landlock. */
const IN_RUST = VIRTIOFSD.find(existsSync)?.includes("/qemu/") === false;
const containers: [string, Container][] = [
  ["all capabilities", ALL],
  ["Docker's capabilities", AS_DOCKER],
];

describe.runIf(process.getuid?.() === 0).each(containers)(
  "where user namespaces are refused, root with %s",
  (_, container) => {
    it("can run boxes on bridge networks, with a network process that answers", async () => {
      // The interface exists even without the network process.
      const ask = "echo hello; exec arping -f -c 20 -w 60 -I eth0 10.0.2.2";
      const { code, stdout, stderr } = await run(
        container,
        ["--network", "bridge"],
        BUSYBOX,
        "sh",
        "-c",
        ask,
      );
      expect({ code, stdout, stderr }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^hello\n[^]*reply from 10\.0\.2\.2/i) as string,
      });
    });
  },
);

describe.runIf(process.getuid?.() === 0)("where user namespaces are refused, a volume", () => {
  it("is usable by root with CAP_SYS_ADMIN, and read-only stays read-only", async () => {
    writeFileSync(join(folder, "file"), "here\n");
    const script = "cat /v/file; echo new >/v/new; chown 5:6 /v/new; echo bad >/r/file || echo refused";
    const flags = ["--network", "none", "-v", `${folder}:/v`, "-v", `${folder}:/r:ro`];
    expect(await run(ALL, flags, BUSYBOX, "sh", "-c", script)).toMatchObject({
      code: 0,
      stdout: "here\nrefused\n",
    });
    expect(readFileSync(join(folder, "new"), "utf8")).toBe("new\n");
  });
});

/** Attempts of root in a box to change a read-only volume; prints those that succeeded. */
const CHANGE = `
import ctypes, fcntl, os, struct
libc = ctypes.CDLL(None, use_errno=True)
for place in ("/r", "/f"):
    if libc.mount(None, place.encode(), None, 32 | 4096, None) != 0: # MS_REMOUNT | MS_BIND
        print("cannot remount", place)
def rename_onto():
    os.rename("/r/file", "/r/kept")
def set_flags():
    with open("/r/file") as file:
        fcntl.ioctl(file, 0x40086602, struct.pack("l", 0x10)) # FS_IOC_SETFLAGS, immutable
def by_descriptor(change):
    def run():
        descriptor = os.open("/r/file", os.O_RDONLY)
        try:
            change(descriptor)
        finally:
            os.close(descriptor)
    return run
def write(path, flags):
    def run():
        descriptor = os.open(path, flags)
        try:
            os.write(descriptor, b"bad")
        finally:
            os.close(descriptor)
    return run
attempts = {
    "write": write("/r/file", os.O_WRONLY),
    "append": write("/r/file", os.O_WRONLY | os.O_APPEND),
    "read and write": write("/r/file", os.O_RDWR),
    "write a file": write("/f", os.O_WRONLY),
    "empty": lambda: os.close(os.open("/r/file", os.O_RDONLY | os.O_TRUNC)),
    "create": lambda: os.close(os.open("/r/new", os.O_RDONLY | os.O_CREAT)),
    "unnamed": lambda: os.close(os.open("/r", os.O_RDWR | os.O_TMPFILE)),
    "truncate": lambda: os.truncate("/r/file", 0),
    "ftruncate": by_descriptor(lambda fd: os.ftruncate(fd, 0)),
    "fallocate": by_descriptor(lambda fd: os.posix_fallocate(fd, 0, 100000)),
    "chmod": lambda: os.chmod("/r/file", 0o777),
    "fchmod": by_descriptor(lambda fd: os.fchmod(fd, 0o777)),
    "chmod of the volume": lambda: os.chmod("/r", 0o777),
    "chmod of a file": lambda: os.chmod("/f", 0o777),
    "chown": lambda: os.chown("/r/file", 5, 6),
    "lchown": lambda: os.lchown("/r/link", 5, 6),
    "fchown": by_descriptor(lambda fd: os.fchown(fd, 5, 6)),
    "times": lambda: os.utime("/r/file", (1, 1)),
    "times of a descriptor": by_descriptor(lambda fd: os.utime(fd, (1, 1))),
    "set an attribute": lambda: os.setxattr("/r/file", "user.a", b"1"),
    "set it by descriptor": by_descriptor(lambda fd: os.setxattr(fd, "user.a", b"1")),
    "remove an attribute": lambda: os.removexattr("/r/file", "user.a"),
    "set flags": set_flags,
    "unlink": lambda: os.unlink("/r/file"),
    "rename": lambda: os.rename("/r/file", "/r/other"),
    "rename onto": rename_onto,
    "rename away": lambda: os.rename("/r/file", "/w/file"),
    "link": lambda: os.link("/r/file", "/r/other"),
    "link into a writable volume": lambda: os.link("/r/file", "/w/other"),
    "symlink": lambda: os.symlink("a", "/r/other"),
    "mkdir": lambda: os.mkdir("/r/other"),
    "rmdir": lambda: os.rmdir("/r/folder"),
    "mknod": lambda: os.mknod("/r/other", 0o666 | 0o010000),
}
for name, attempt in attempts.items():
    try:
        attempt()
        print(name)
    except OSError as error:
        pass
print(open("/r/file").read() + open("/f").read(), end="")
`;

/** Metadata and contents of a file on the host, except for its access time. */
function look(path: string) {
  const { mode, uid, gid, size, nlink, mtimeMs, ctimeMs, ino } = statSync(path);
  return { mode, uid, gid, size, nlink, mtimeMs, ctimeMs, ino };
}

describe.runIf(process.getuid?.() === 0 && DRIVER === "qemu")(
  "where all namespaces are refused, root with Docker's capabilities",
  () => {
    let outside: string;
    let inside: string;
    beforeEach((context) => {
      outside = join(folder, context.task.id);
      inside = join(outside, "inside");
      mkdirSync(join(inside, "folder"), { recursive: true });
      writeFileSync(join(outside, "secret"), "of the host\n");
      writeFileSync(join(inside, "file"), "here\n");
      writeFileSync(join(inside, "kept"), "kept\n");
      symlinkSync("../secret", join(inside, "link"));
    });

    it("has directories, files and named volumes, and files of any owner", async () => {
      const name = `no-namespaces-${process.pid}`;
      const script =
        "cat /v/file /f; echo new >/v/new; chown 5:6 /v/new; echo more >>/f; mkdir /v/a; mv /v/a /v/b; echo x >/n/x; cat /n/x";
      const flags = [
        ...["--network", "none", "-v", `${inside}:/v`, "-v", `${inside}/kept:/f`],
        ...["-v", `${name}:/n`],
      ];
      try {
        expect(await run(AS_DOCKER, flags, BUSYBOX, "sh", "-c", script)).toMatchObject({
          code: 0,
          stdout: "here\nkept\nx\n",
        });
      } finally {
        await box(["volume", "rm", name]);
      }
      expect(readFileSync(join(inside, "new"), "utf8")).toBe("new\n");
      expect(statSync(join(inside, "new"))).toMatchObject({ uid: 5, gid: 6 });
      expect(readFileSync(join(inside, "kept"), "utf8")).toBe("kept\nmore\n");
      expect(readdirSync(inside).sort()).toEqual(["b", "file", "folder", "kept", "link", "new"]);
    });

    it.each([
      ["beside a writable one", AS_DOCKER, true],
      ...(FULL ? [["alone", AS_DOCKER, false] as const] : []),
      ...(FULL && !IN_RUST
        ? [["beside a writable one, without Landlock", WITHOUT_LANDLOCK, true] as const]
        : []),
      ...(IN_RUST ? [] : [["alone, without Landlock", WITHOUT_LANDLOCK, false] as const]),
    ] as const)(
      "has read-only volumes that root in the box cannot change, %s",
      async (_, container, writable) => {
        mkdirSync(join(outside, "writable"));
        const seen = ["", "file", "kept", "folder"].map((name) => join(inside, name));
        const before = seen.map(look);
        const flags = [
          ...["--network", "none", "--cap-add", "ALL", "--security-opt", "seccomp=unconfined"],
          ...["-v", `${inside}:/r:ro`, "-v", `${inside}/kept:/f:ro`],
          ...(writable ? ["-v", `${outside}/writable:/w`] : []),
        ];
        const { code, stdout, stderr } = await run(container, flags, PYTHON, "python3", "-c", CHANGE);
        expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: "here\nkept\n" });
        expect(seen.map(look)).toEqual(before);
        expect(readFileSync(join(inside, "file"), "utf8")).toBe("here\n");
        expect(readdirSync(inside).sort()).toEqual(["file", "folder", "kept", "link"]);
      },
    );

    it("has volumes whose links and parent directories do not lead to the host's files", async () => {
      const script =
        "cat /v/link /v/../secret; echo bad >/v/link; mkdir /all; mount -t virtiofs volumes /all; ls -A /all /all/..; touch /all/new; cat /all/../secret";
      const flags = ["--network", "none", "--cap-add", "ALL", "-v", `${inside}:/v`];
      const container = IN_RUST ? AS_DOCKER : WITHOUT_LANDLOCK;
      const { stdout } = await run(container, flags, BUSYBOX, "sh", "-c", `echo here; ${script}`);
      expect(stdout).toMatch(/^here\n/);
      expect(stdout).not.toContain("of the host");
      expect(readFileSync(join(outside, "secret"), "utf8")).toBe("of the host\n");
      expect(readdirSync(outside).sort()).toEqual(["inside", "secret"]);
    });
  },
);

describe.runIf(process.getuid?.() === 0 && DRIVER === "krun")(
  "where all namespaces are refused, root with Docker's capabilities",
  () => {
    it("is refused volumes in one line", async () => {
      const flags = ["--network", "none", "-v", `${folder}:/v`];
      const { code, stderr } = await run(AS_DOCKER, flags, BUSYBOX, "true");
      expect(code).toBe(125);
      expect(stderr).toContain(
        "volumes need the qemu driver, or a user namespace or CAP_SYS_ADMIN, which this host does not allow\nhint: run `box doctor` for details\n",
      );
    });
  },
);
