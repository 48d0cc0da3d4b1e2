import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { STRANGER, useBareHost } from "./bare-host.js";

const PROGRAM = join(import.meta.dirname, "../../../dist/box");

const { host, box, addProgram, addQemu } = useBareHost();

describe("box setup --docker", () => {
  beforeEach(() => symlinkSync(PROGRAM, join(host.bin, "box")));

  it("makes box available as docker, in Docker mode", async () => {
    addQemu();
    const path = join(host.bin, "docker");
    expect(await box(["setup", "--docker", "--dry-run"])).toEqual({
      code: 0,
      stdout: `ln -s box ${path}\n`,
      stderr: "",
    });
    expect(existsSync(path)).toBe(false);
    const created = await box(["setup", "--docker"]);
    expect(created).toEqual({ code: 0, stdout: `Created ${path}, a link to box.\n`, stderr: "" });
    expect((await box(["setup", "--docker"])).stdout).toBe(`${path} is already a link to box.\n`);
    const env = { PATH: host.bin, BOX_HOME: host.home };
    const command = ["run", "--dry-run", "busybox", "-p", "80:80"];
    const configuration = execFileSync("docker", command, { env, encoding: "utf8" });
    expect(configuration).toMatch(/"-p"/);
    expect(execFileSync("box", command, { env, encoding: "utf8" })).not.toMatch(/"-p"/);
  });

  it("refuses in one line, with a hint, if there is another docker", async () => {
    addProgram("docker", "echo real");
    const { code, stdout, stderr } = await box(["setup", "--docker"]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/^box: \S+\/bin\/docker is another program\nhint: [^\n]+\n$/);
    expect(execFileSync("docker", { env: { PATH: host.bin }, encoding: "utf8" })).toBe("real\n");
  });

  it.runIf(process.getuid?.() === 0)("uses ~/.local/bin if box's own directory is not writable", async () => {
    const own = join(host.home, ".local/bin");
    const options = { uid: STRANGER, env: { HOME: host.home } };
    const { code, stdout, stderr } = await box(["setup", "--docker"], options);
    expect(stderr).toBe(`warning: ${own} is not in your PATH\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Created ${own}/docker, a link to box.\n` });
    expect(readlinkSync(join(own, "docker"))).toBe(join(host.bin, "box"));
  });

  it.runIf(process.getuid?.() === 0)("says why if that is not writable either", async () => {
    mkdirSync(host.home);
    const other = join(host.folder, "other");
    mkdirSync(join(other, ".local/bin"), { recursive: true });
    chmodSync(other, 0o755);
    const { code, stdout, stderr } = await box(["setup", "--docker"], {
      uid: STRANGER,
      env: { HOME: other },
    });
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/^box: [^\n]*\.local\/bin\/docker[^\n]*\n(hint: [^\n]+\n)?$/);
  });
});

/** Runs box on a terminal. @returns its stdout and stderr */
function onTerminal(...args: string[]): string {
  const command = [process.execPath, join(PROGRAM, "../box.js"), ...args].join(" ");
  const env = { PATH: host.bin, BOX_HOME: host.home, SHELL: "/bin/sh", TERM: "dumb" };
  return execFileSync("/usr/bin/script", ["-qec", command, "/dev/null"], { env, encoding: "utf8" });
}

it("box setup mentions --docker on a terminal if there is no docker", () => {
  addQemu();
  addProgram("mke2fs", "echo mke2fs 1.47");
  addProgram("newuidmap", "");
  const mention = /make box available as `docker`: `box setup --docker`/;
  expect(onTerminal("setup", "--yes")).toMatch(mention);
  addProgram("docker", "");
  expect(onTerminal("setup", "--yes")).not.toMatch(mention);
});
