import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, lchown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

/** A user of every host, to whom the test gives subordinate ids in a mount namespace of its own. */
const NOBODY = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));
const GROUP = Number(execFileSync("id", ["-g", "nobody"], { encoding: "utf8" }));
const FIRST = 300_000;

let built: string;
let folder: string;
let volume: string;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "box-built-"));
  await chmod(built, 0o755);
  // The project may lie where only root may look.
  await cp(join(process.cwd(), "dist"), join(built, "dist"), { recursive: true });
  // Only box-vmm may make user namespaces where AppArmor restricts them.
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

/** What a user of the box would have made there. */
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
  it("takes files of the caller's subordinate ids, and only box's helper makes a user namespace for it", async () => {
    await make(join(volume, "_data", "of-ids"), FIRST + 5);
    expect(remove(`nobody:${FIRST}:65536`)).toEqual({ code: 0, said: "" });
    expect(await readdir(join(folder, "home", "volumes"))).toEqual([]);
  });

  it("leaves files of other users, and says so", async () => {
    await make(join(volume, "_data", "of-others"), FIRST + 100_000);
    const { code, said } = remove(`nobody:${FIRST}:65536`);
    expect(code).toBe(1);
    expect(said).toMatch(/^box: .* holds files of others and cannot be removed\nhint: install uidmap/);
    const [left = ""] = await readdir(join(folder, "home", "volumes"));
    expect(existsSync(join(folder, "home", "volumes", left, "_data", "of-others", "inner", "file"))).toBe(
      true,
    );
  });
});

describe("the helper's removal of a folder", () => {
  const helper = join(process.cwd(), "dist", "native", "box-vmm");
  const run = (...words: string[]) => spawnSync(helper, ["remove", ...words], { encoding: "utf8" });

  it("takes folders of any depth, and follows no link", async () => {
    const outside = join(folder, "outside");
    await make(outside, 0);
    const doomed = join(folder, "doomed");
    await make(doomed, 0);
    await symlink(outside, join(doomed, "inner", "out"));
    // Deeper than the helper keeps folders open.
    const dig = `cd "$1"; i=0; while [ $i -lt 400 ]; do mkdir d && cd -P d && : > file || exit 1; i=$((i+1)); done`;
    execFileSync("bash", ["-c", dig, "bash", doomed]);
    expect(run(doomed)).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(doomed)).toBe(false);
    expect((await readdir(outside)).sort()).toEqual(["inner", "link"]);
    // A link is removed itself.
    await symlink(outside, doomed);
    expect(run(doomed).status).toBe(0);
    expect((await readdir(outside)).sort()).toEqual(["inner", "link"]);
    expect(run(doomed).status).toBe(0);
  });

  it.each([[""], ["relative"], ["/"], ["/tmp/.."], ["/tmp/."], ["/tmp/"]])("refuses %j", (word) => {
    expect(run(word)).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^box-vmm: remove takes/) as string,
    });
  });
});
