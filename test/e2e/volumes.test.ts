import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { box, DRIVER, ONLY_FULL_ON_KRUN, removeAfterTest, run, runDetached, SAME_ON_KRUN } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box volume, "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Tests what programs expect of a file system, and prints which expectations hold. */
const PROBE = `
import ctypes, fcntl, glob, mmap, os, struct
os.chdir("/run/shared")
with open("file.new", "w+b") as file:
    file.write(b"........")
    file.flush()
    with mmap.mmap(file.fileno(), 8) as mapped:
        mapped[:6] = b"MAPPED"
        mapped.flush()
    said = ["mapped"]
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    said.append("locked")
    if os.fork() == 0:
        with open("file.new", "r+b") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os._exit(1)
            except BlockingIOError:
                os._exit(0)
    said.append("refused" if os.wait()[1] == 0 else "shared")
libc = ctypes.CDLL(None)
watch = libc.inotify_init()
libc.inotify_add_watch(watch, b".", 0x80)
os.rename("file.new", "file")
said.append("renamed")
_, mask, _, length = struct.unpack("iIII", os.read(watch, 4096)[:16])
said.append("notified" if mask & 0x80 else "silent")
os.mkdir("many")
for i in range(200):
    with open(f"many/{i}", "w") as file:
        file.write(str(i))
# The share's: no other file system without a disk has one, and each volume may be a device of its own.
ahead = [open(path).read().strip() for path in glob.glob("/sys/class/bdi/0:*/read_ahead_kb")]
print(*said, len(os.listdir("many")), *ahead)
`;

/** Twice as many as fit into a small box's memory. */
const PROGRAMS = 200;

/** Creates small programs, each of which prints its own name, a number. */
async function makeNumbered(to: string, count: number): Promise<string> {
  await mkdir(to);
  const first = join(folder, "numbered");
  const source = join(import.meta.dirname, "numbered.c");
  execFileSync("musl-gcc", ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", first, source]);
  const code = await readFile(first);
  const place = code.indexOf(Buffer.from("78563412", "hex"));
  for (let number = 0; number < count; number++) {
    code.writeUInt32LE(number, place);
    await writeFile(join(to, String(number)), code, { mode: 0o755 });
  }
  return to;
}

const sh = (script: string) => [BUSYBOX, "sh", "-c", script];

describe("a volume", () => {
  let id: string;
  const inBox = (script: string) => box(["exec", id, "sh", "-c", script]);

  // One box for those tests that need no other.
  beforeAll(async () => {
    for (const name of ["a", "b ü", "c", "kept", "nodes"]) await mkdir(join(folder, name));
    await writeFile(join(folder, "a", "in"), "from the host\n");
    await writeFile(join(folder, "one, two"), "one\n");
    await writeFile(join(folder, "kept", "file"), "kept\n");
    id = await runDetached([
      // The inner one first: the order on the command line does not matter.
      ...["-v", `${join(folder, "c")}:/a/inner`, "-v", `${join(folder, "a")}:/a`],
      ...["-v", `${join(folder, "b ü")}:/deep/er/b`, "-v", `${join(folder, "one, two")}:/etc/one`],
      ...["-v", `${join(folder, "kept")}:/kept:ro`, "-v", `${join(folder, "nodes")}:/v`],
      ...[BUSYBOX, "sleep", "100000"],
    ]);
  });
  afterAll(() => box(["rm", "-f", id]));

  it("is read and written by both sides, including several at once, single files and nested ones", async () => {
    const script =
      "cat /a/in; echo from the box > /deep/er/b/out; ls /a /deep/er/b; cat /etc/one; echo two > /etc/one; touch /a/inner/x";
    const { stdout, code } = await inBox(script);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "from the host\n/a:\nin\ninner\n\n/deep/er/b:\nout\none\n",
    });
    expect(await readFile(join(folder, "b ü", "out"), "utf8")).toBe("from the box\n");
    expect(await readFile(join(folder, "one, two"), "utf8")).toBe("two\n");
    const made = await stat(join(folder, "c", "x"));
    expect(made.uid).toBe(process.getuid?.());
  });

  it("that is read-only stays so, whatever root in the box does", async () => {
    const attack = [
      "echo x > /kept/file",
      "rm /kept/file",
      "mount -o remount,rw /kept && echo x > /kept/file",
      "mkdir /tmp/v && mount -t virtiofs volumes /tmp/v; for kept in /kept /tmp/v/*; do echo x > $kept/file",
      "rm $kept/file; chmod 777 $kept; touch $kept/new; done",
      "umount /kept; echo x > /kept/file",
      "cat /tmp/v/*/file",
    ].join("; ");
    await inBox(attack);
    const kept = join(folder, "kept");
    expect(await readFile(join(kept, "file"), "utf8")).toBe("kept\n");
    expect((await stat(kept)).mode & 0o777).toBe(0o755);
    const listed = execFileSync("ls", [kept], { encoding: "utf8" });
    expect(listed).toBe("file\n");
  });

  it.skipIf(ONLY_FULL_ON_KRUN)(
    "is created on the host if missing, resolved against the working directory, as is a workspace, and keeps what is written at the end",
    async () => {
      const flags = ["-v", "./fresh:/v", "--workspace", join(folder, "work")];
      const script = "touch /v/x made; pwd; dd if=/dev/zero of=/v/big bs=1M count=20 2>/dev/null";
      const { code, stdout } = await run(["--rm", ...flags, ...sh(script)], { cwd: folder });
      expect({ code, stdout }).toEqual({ code: 0, stdout: "/workspace\n" });
      expect((await stat(join(folder, "fresh", "x"))).isFile()).toBe(true);
      expect((await stat(join(folder, "work", "made"))).isFile()).toBe(true);
      expect((await stat(join(folder, "fresh", "big"))).size).toBe(20 * 2 ** 20);
    },
  );

  it("follows links of the image inside the root, and supports mmap, locks, renames and read-ahead", async () => {
    const shared = join(folder, "shared");
    await mkdir(shared);
    // /var/run is a link to /run in Debian's images.
    const { stdout, stderr, code } = await run(
      ["-i", "--rm", "-v", `${shared}:/var/run/shared`, PYTHON, "python3", "-"],
      { input: PROBE },
    );
    expect({ stdout, stderr, code }).toEqual({
      stdout: "mapped locked refused renamed notified 200 1024\n",
      stderr: "",
      code: 0,
    });
    expect(await readFile(join(shared, "file"), "utf8")).toBe("MAPPED..");
    expect(await readdir(join(shared, "many"))).toHaveLength(200);
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("runs the right programs, in memory that held others before", async () => {
    const numbered = await makeNumbered(join(folder, "programs"), PROGRAMS);
    const script = `
      i=0; while [ $i -lt ${PROGRAMS} ]; do
        said=$(/programs/$i); [ "$said" = $i ] || echo "$i says $said"
        i=$((i + 1))
      done`;
    const small = ["-m", "64m", "-v", `${numbered}:/programs:ro`];
    expect(await run(["--rm", ...small, ...sh(script)])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("refuses device nodes from root in the box, but supports pipes and setuid bits, which apply on the host as in Docker", async () => {
    const place = join(folder, "nodes");
    const script = `
      cd /v; mknod null c 1 3; mknod disk b 254 0; mknod pipe p
      echo x > program; chmod 4755 program; stat -c '%n %a %F' *`;
    const { stdout, stderr } = await inBox(script);
    expect(stderr).toBe("mknod: null: Operation not permitted\nmknod: disk: Operation not permitted\n");
    expect(stdout).toBe("pipe 644 fifo\nprogram 4755 regular file\n");
    expect((await stat(join(place, "program"))).mode & 0o7777).toBe(0o4755);
    expect((await readdir(place)).sort()).toEqual(["pipe", "program"]);
  });
});

describe("a named volume", () => {
  const name = `data-${DRIVER}`;
  afterEach(async () => {
    await box(["rm", "-f", `user-of-${name}`]);
    await box(["volume", "rm", "-f", name]);
  });

  // To the drivers, it is a directory like those above.
  it.skipIf(ONLY_FULL_ON_KRUN)(
    "starts with the image's contents, keeps what is written, and cannot be removed while a box uses it",
    async () => {
      const before = await run(["--rm", "-v", `${name}:/data:ro`, BUSYBOX, "ls", "/data"]);
      expect(before).toMatchObject({ code: 0, stdout: "", stderr: "" });
      const first = await run([
        ...["--name", `user-of-${name}`, "-v", `${name}:/etc`],
        ...sh("cd /etc; ls; stat -c %a . passwd; echo mine > mine"),
      ]);
      expect(first).toMatchObject({
        code: 0,
        stdout: "group\nhostname\nhosts\nmtab\npasswd\nresolv.conf\n755\n644\n",
        stderr: "",
      });
      const refused = await box(["volume", "rm", name]);
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/volume is in use - \[[0-9a-f]{64}\]/) as string,
      });
      await box(["rm", `user-of-${name}`]);
      const { stdout } = await box(["volume", "inspect", "-f", "{{.Mountpoint}}", name]);
      expect(await readFile(join(stdout.trim(), "mine"), "utf8")).toBe("mine\n");
      expect(await readdir(stdout.trim())).not.toContain(".box-populating");
    },
  );

  it.skipIf(ONLY_FULL_ON_KRUN)(
    "starts with the image's contents, regardless of mounts around it",
    async () => {
      const outer = join(folder, "outer");
      await mkdir(join(outer, "Indian"), { recursive: true });
      await writeFile(join(outer, "Indian", "of the host"), "");
      const mounts = [
        ...["-v", "/usr/share/zoneinfo/Indian", "-v", `${outer}:/usr/share/zoneinfo`],
        ...["--mount", `type=volume,source=${name},target=/etc/dpkg/origins`, "--tmpfs", "/etc/dpkg"],
      ];
      const look =
        "ls /etc/dpkg/origins; ls /usr/share/zoneinfo; cd /usr/share/zoneinfo/Indian; ls | head -n 2";
      expect(await run(["--rm", ...mounts, PYTHON, "sh", "-c", look])).toMatchObject({
        code: 0,
        stderr: "",
        stdout: "debian\nIndian\nAntananarivo\nChagos\n",
      });
    },
  );

  it.skipIf(SAME_ON_KRUN)("without a name is removed with its box", async () => {
    const script = sh("echo x > /anonymous/x; cat /anonymous/x");
    const made = await box(["create", "--vmm", DRIVER, "--rm", "-v", "/anonymous", ...script]);
    const mounts = await box(["inspect", "-f", "{{json .Mounts}}", made.stdout.trim()]);
    const [{ Name: name } = { Name: "" }] = JSON.parse(mounts.stdout) as { Name: string }[];
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect((await box(["start", "-a", made.stdout.trim()])).stdout).toBe("x\n");
    expect((await box(["volume", "ls", "-q"])).stdout).not.toContain(name);
  });
});

describe.skipIf(SAME_ON_KRUN)("the volumes of a box that others use too", () => {
  const giver = `giver-${DRIVER}`;

  it(
    "are those of its record, filled from its image, and may be read-only; they go with the last box",
    { tags: "full" },
    async () => {
      const bound = join(folder, "bound");
      await mkdir(bound);
      const own = ["--vmm", DRIVER, "--name", giver, "-v", "/etc", "-v", `${bound}:/bound`];
      removeAfterTest((await box(["create", ...own, BUSYBOX])).stdout.trim());
      const { stdout } = await box(["inspect", "-f", "{{range .Mounts}}{{.Name}}{{end}}", giver]);
      const script =
        "cat /etc/hostname > /bound/seen; test -f /etc/passwd && echo filled; echo kept > /etc/kept";
      const user = ["--rm", "--volumes-from", giver];
      expect(await run([...user, ...sh(script)])).toMatchObject({ code: 0, stdout: "filled\n", stderr: "" });
      expect(await readFile(join(bound, "seen"), "utf8")).not.toBe("");
      // Still there: the box that it comes from has it.
      const late = await runDetached([
        "--volumes-from",
        `${giver}:ro`,
        ...sh("cat /etc/kept; touch /bound/x; read x"),
      ]);
      expect((await box(["rm", "-v", giver])).code).toBe(0);
      expect((await box(["volume", "ls", "-q"])).stdout).toContain(stdout.trim());
      await box(["restart", "-t", "0", late]);
      const { stdout: logged, stderr } = await box(["logs", late]);
      expect(logged).toContain("kept\n");
      expect(stderr).toContain("touch: /bound/x: Read-only file system\n");
      await box(["rm", "-fv", late]);
      expect((await box(["volume", "ls", "-q"])).stdout).not.toContain(stdout.trim());
    },
  );
});
