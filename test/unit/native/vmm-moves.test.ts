import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

/** Options with which `box-vmm` executes a shell as the VMM. */
const vmm = (script: string) => ["qemu", "--", "/bin/sh", "-c", script];

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

describe("a launch with a request", () => {
  const REQUEST = Buffer.from("requested by a command");
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(programs.folder, "request-"));
    for (const name of ["new", "old"]) writeFileSync(at(name), name);
  });

  /** Starts it with a monitor that prints what it reads from the connection, until that ends. */
  function launch() {
    const monitor = ["/bin/sh", "-c", "cat <&3"].flatMap((word) => ["--monitor-arg", word]);
    const moves = ["--move", at("new"), "--to", at("old"), "--request", String(REQUEST.length)];
    const words = ["launch", "--lock", at("lock"), "--socket", socket, ...moves, ...monitor, "--"];
    const child = spawn(programs.helper, [...words, ...vmm("true")], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "ignore"],
    });
    const said = { out: "", err: "" };
    child.stdout?.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
    const command = child.stdio[3] as Socket;
    command.on("error", () => undefined);
    const ended = once(child, "close").then(([code]) => ({ code: code as number, ...said }));
    return { command, ended };
  }

  it("changes nothing if the command ends before it has sent the whole request", async () => {
    for (const length of [0, 1, REQUEST.length - 1]) {
      const { command, ended } = launch();
      command.end(REQUEST.subarray(0, length));
      expect(await ended).toEqual({
        code: 125,
        out: "",
        err: "box-vmm: the command that starts the box has ended\n",
      });
      expect(readdirSync(folder).sort()).toEqual(["new", "old"]);
      expect(readFileSync(at("old"), "utf8")).toBe("old");
    }
  });

  it("continues if the command ends after that, and leaves the request for the monitor", async () => {
    const { command, ended } = launch();
    command.end(REQUEST);
    expect(await ended).toMatchObject({ code: 0, out: REQUEST.toString() });
    expect(readFileSync(at("old"), "utf8")).toBe("new");
  });

  it("waits for the whole request", async () => {
    const { command, ended } = launch();
    for (const byte of REQUEST) {
      command.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    command.end(" and more");
    expect(await ended).toMatchObject({ code: 0, out: "requested by a command and more" });
  });
});
