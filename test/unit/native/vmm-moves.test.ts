import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildPrograms, run, type Programs } from "./vmm-program.js";

let programs: Programs;
let lock: string;
let socket: string;

beforeAll(async () => {
  programs = await buildPrograms();
  lock = join(programs.folder, "lock");
  mkdirSync(join(programs.folder, "run"), { mode: 0o700 });
  socket = join(programs.folder, "run", "socket");
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

/** Options of `box-vmm` that turn it into a shell in the VMM's place. */
const vmm = (script: string) => ["qemu", "--preload", programs.preload, "--", "/bin/sh", "-c", script];

it("a launch leaves every file in its place when a step fails", async () => {
  const folder = join(programs.folder, "moves");
  mkdirSync(folder);
  const at = (name: string) => join(folder, name);
  const fill = () => {
    for (const name of ["new", "old", "other-new"]) writeFileSync(at(name), name);
  };
  const moves = ["--move", at("new"), "--to", at("old"), "--move", at("other-new"), "--to", at("other")];
  const words = (script: string) => ["/bin/sh", "-c", script].flatMap((word) => ["--monitor-arg", word]);
  const start = (options: string[], monitor: string[]) =>
    run(programs.helper, ["launch", "--lock", lock, ...options, ...monitor, "--", ...vmm("echo vmm")]);
  const faults: [string, string[], string[]][] = [
    ["/nowhere/at", ["--socket", "/nowhere/at/all", ...moves], words("echo never")],
    ["cannot execute the monitor", ["--socket", socket, ...moves], ["--monitor-arg", "/nowhere"]],
    [
      "cannot move",
      ["--socket", socket, ...moves, "--move", at("new"), "--to", "/nowhere/at/all"],
      words("echo never"),
    ],
    [
      "cannot move",
      ["--socket", socket, ...moves, "--move", at("missing"), "--to", at("x")],
      words("echo never"),
    ],
  ];
  for (const [why, options, monitor] of faults) {
    fill();
    const { code, stdout, stderr } = await start(options, monitor);
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toContain(why);
    expect(readdirSync(folder).sort()).toEqual(["new", "old", "other-new"]);
    expect(readFileSync(at("old"), "utf8")).toBe("old");
  }
  fill();
  expect((await start(["--socket", socket, ...moves], words("cat <&6"))).code).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(["old", "other"]);
  expect(readFileSync(at("old"), "utf8")).toBe("new");
});
