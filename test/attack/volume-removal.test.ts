import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, lchown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

/** A user of every host, to whom the test gives subordinate IDs in its own mount namespace. */
const NOBODY = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));
const GROUP = Number(execFileSync("id", ["-g", "nobody"], { encoding: "utf8" }));
const FIRST = 300_000;

let built: string;
let folder: string;
let volume: string;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "box-built-"));
  await chmod(built, 0o755);
  // The project may be in a directory that only root can enter.
  await cp(join(process.cwd(), "dist"), join(built, "dist"), { recursive: true });
  // Only box-vmm may create user namespaces where AppArmor restricts them.
  await writeFile(join(built, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
});
afterAll(() => rm(built, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-removal-"));
  await chmod(folder, 0o755);
  volume = join(folder, "home", "volumes", "data");
  for (const name of ["home", "home/volumes", "home/volumes/data", "home/volumes/data/_data"]) {
    await mkdir(join(folder, name), { mode: 0o755 });
    await chown(join(folder, name), NOBODY, GROUP);
  }
  const record = { name: "data", createdAt: new Date().toISOString(), labels: {}, anonymous: false };
  await writeFile(join(volume, "volume.json"), JSON.stringify(record));
});
afterEach(() => rm(folder, { recursive: true }));

/** Creates files as a user of the box would have. */
async function make(path: string, uid: number): Promise<void> {
  await mkdir(join(path, "inner"), { recursive: true });
  await writeFile(join(path, "inner", "file"), "");
  await symlink("/etc", join(path, "link"));
  for (const name of ["inner/file", "inner", "link", ""]) await lchown(join(path, name), uid, uid);
  await chmod(path, 0o700);
}

function remove(ids: string) {
  const script = `
    echo "${ids}" > ${folder}/ids
    touch /etc/subuid /etc/subgid
    mount --bind ${folder}/ids /etc/subuid && mount --bind ${folder}/ids /etc/subgid
    exec setpriv --reuid ${NOBODY} --regid ${GROUP} --clear-groups ${built}/dist/box volume rm data`;
  const { status, stderr } = spawnSync("/usr/bin/unshare", ["--mount", "sh", "-c", script], {
    encoding: "utf8",
    env: { PATH: `${built}:${process.env["PATH"] ?? ""}`, HOME: folder, BOX_HOME: join(folder, "home") },
    cwd: "/",
  });
  return { code: status, said: stderr };
}

describe.skipIf(!existsSync("/usr/bin/newuidmap"))("the removal of a volume without root", () => {
  it("removes files of the caller's subordinate IDs, and only box's helper creates a user namespace for it", async () => {
    await make(join(volume, "_data", "of-ids"), FIRST + 5);
    expect(remove(`nobody:${FIRST}:65536`)).toEqual({ code: 0, said: "" });
    expect(await readdir(join(folder, "home", "volumes"))).toEqual([]);
  });

  it("leaves files of other users, and says so", async () => {
    await make(join(volume, "_data", "of-others"), FIRST + 100_000);
    const { code, said } = remove(`nobody:${FIRST}:65536`);
    expect(code).toBe(1);
    expect(said).toMatch(
      /^box: cannot remove .*\/data\/_data\/of-others: Permission denied\nhint: install uidmap/,
    );
    // It is still there under its name, to be inspected and removed by somebody else.
    expect(existsSync(join(volume, "_data", "of-others", "inner", "file"))).toBe(true);
  });
});

/** Runs box commands as root of a user namespace, in which mounts are possible. */
function inNamespace(script: string) {
  const { status, stdout, stderr } = spawnSync("/usr/bin/unshare", ["-Urm", "sh", "-c", script], {
    encoding: "utf8",
    env: {
      PATH: `${built}/dist:${process.env["PATH"] ?? ""}`,
      ...{ HOME: folder, BOX_HOME: join(folder, "own") },
    },
    cwd: folder,
  });
  return { code: status, said: stdout, stderr };
}

/** Deeper than the test's limit of open files. */
const DIG = `mkdir -p ${"d/".repeat(200)}`;
const destroyed = `sed -n 's/.*"destroy","id":"\\([^"]*\\)".*/\\1/p' $BOX_HOME/events.jsonl`;

describe("the removal of a volume", () => {
  const own = (...names: string[]) => join(folder, "own", "volumes", ...names);

  it(
    "removes directories nested deeper than the limit of open files, and logs it when it is done",
    { tags: "slow" },
    () => {
      const script = `
      box volume create data && box volume create other && (cd ${own("data", "_data")}; ${DIG})
      ulimit -n 64; box volume rm data && box volume ls -q && ${destroyed}`;
      expect(inNamespace(script)).toEqual({ code: 0, said: "data\nother\ndata\nother\ndata\n", stderr: "" });
    },
  );

  it("does not enter mounts in it, but names them and leaves everything untouched", () => {
    const script = `
      box volume create data; mkdir -p "precious/in it" "${own("data", "_data")}/m m" ${own("data", "_data", "a")}
      mount --bind precious "${own("data", "_data")}/m m"
      box volume rm data; echo $?; ls ${own("data", "_data")} precious; box volume ls -q; ${destroyed}`;
    expect(inNamespace(script)).toEqual({
      code: 0,
      said: `data\n1\n${own("data", "_data")}:\na\nm m\n\nprecious:\nin it\ndata\n`,
      stderr: `box: cannot remove ${own("data", "_data", "m m")}: a file system is mounted there\nhint: unmount it first (\`umount\`)\n`,
    });
  });

  it.each(["volume prune -af", "system prune -f --volumes"])(
    "continues past one that cannot be removed: %s",
    (command) => {
      const script = `
        touch file; for name in aa bb cc .unfinished-4194304-x; do
          mkdir -p ${own()}/$name/_data
          echo '{"name":"'$name'","createdAt":"2026-01-01T00:00:00Z","labels":{},"anonymous":true}' \
            > ${own()}/$name/volume.json
        done
        touch ${own("bb", "_data", "m")} ${own(".unfinished-4194304-x", "m")}
        mount --bind file ${own("bb", "_data", "m")}; mount --bind file ${own(".unfinished-4194304-x", "m")}
        box ${command} > said; echo $?; grep -x '[abc][abc]' said; ls -A ${own()}; ${destroyed}`;
      const { said, stderr } = inNamespace(script);
      expect(said).toBe("1\naa\ncc\n.unfinished-4194304-x\nbb\naa\ncc\n");
      expect(stderr.match(/^box: .*$/gm)).toEqual(
        [own(".unfinished-4194304-x", "m"), own("bb", "_data", "m")].map(
          (path) => `box: cannot remove ${path}: a file system is mounted there`,
        ),
      );
    },
  );

  it.skipIf(process.getuid?.() !== 0)("reports that a file is immutable, and keeps the volume's name", () => {
    const file = own("data", "_data", "file");
    const rm = () =>
      spawnSync(join(built, "dist", "box"), ["volume", "rm", "data"], {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: folder, BOX_HOME: join(folder, "own") },
      });
    execFileSync("sh", [
      "-c",
      `mkdir -p ${own("data", "_data")}; cp ${volume}/volume.json ${own("data")}; > ${file}`,
    ]);
    execFileSync("chattr", ["+i", file]);
    try {
      expect(rm().stderr).toBe(
        `box: cannot remove ${file}: it is immutable or append-only\nhint: run \`chattr -i -a\` on it as root\n`,
      );
    } finally {
      execFileSync("chattr", ["-i", file]);
    }
    expect(rm()).toMatchObject({ status: 0, stderr: "", stdout: "data\n" });
  });
});

describe("the helper's removal of a directory", () => {
  const helper = join(process.cwd(), "dist", "native", "box-vmm");
  const run = (...words: string[]) => spawnSync(helper, ["remove", ...words], { encoding: "utf8" });

  it("removes directories of any depth, and follows no link", { tags: "slow" }, async () => {
    const outside = join(folder, "outside");
    await make(outside, 0);
    const doomed = join(folder, "doomed");
    await make(doomed, 0);
    await symlink(outside, join(doomed, "inner", "out"));
    // Deeper than the helper keeps directories open.
    for (let path = join(doomed, "d"), depth = 0; depth < 400; path = join(path, "d"), depth++) {
      await mkdir(path);
      await writeFile(join(path, "file"), "");
    }
    expect(run(doomed)).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(doomed)).toBe(false);
    expect((await readdir(outside)).sort()).toEqual(["inner", "link"]);
    // The link itself is removed.
    await symlink(outside, doomed);
    expect(run(doomed).status).toBe(0);
    expect((await readdir(outside)).sort()).toEqual(["inner", "link"]);
    expect(run(doomed).status).toBe(0);
  });

  it.each([[""], ["relative"], ["/"], ["/tmp/.."], ["/tmp/."], ["/tmp/"]])("refuses %j", (word) => {
    expect(run(word)).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^box-vmm: remove needs/) as string,
    });
  });
});
