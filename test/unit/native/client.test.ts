import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createDecoder,
  encode,
  encodeJson,
  encodeWindow,
  Kind,
} from "../../../src/vm/protocol/control/wire.js";
import { suspend } from "../suspend.js";

const DIST = join(import.meta.dirname, "..", "..", "..", "dist");
/** The program that users run, and the Node script behind it. */
const PROGRAMS = { native: [join(DIST, "box")], node: [process.execPath, join(DIST, "box.js")] };
const ID = "0123456789ab".padEnd(64, "c");

let folder: string;
let server: Server | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-client-"));
  for (const name of ["names", "boxes", `boxes/${ID}`, "run"])
    await mkdir(join(folder, name), { mode: 0o700 });
  await symlink(ID, join(folder, "names", "web"));
});
const sockets = new Set<Socket>();
async function stop(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  const closed = server?.listening ? once(server.close(), "close") : undefined;
  server = undefined;
  await closed;
}
afterEach(stop);
afterAll(() => rm(folder, { recursive: true }));

type Message = [kind: number, text: string];

/** A fake monitor with the given answers. Resolves with the messages that it received, one list per connection. */
async function listen(answer: (socket: Socket, message: Message) => void): Promise<Message[][]> {
  const conversations: Message[][] = [];
  server = createServer((socket) => {
    const heard: Message[] = [];
    conversations.push(heard);
    const decode = createDecoder((kind, payload) => {
      const message: Message = [kind, payload.toString("latin1")];
      heard.push(message);
      answer(socket, message);
    });
    sockets.add(socket.on("data", decode).on("error", () => undefined));
  }).listen(join(folder, "run", `${ID.slice(0, 12)}.sock`));
  await once(server, "listening");
  return conversations;
}

function start([program = "", ...words]: string[], args: string[]) {
  const env = {
    PATH: process.env["PATH"],
    BOX_HOME: folder,
    BOX_RUNTIME: join(folder, "run"),
    FOUND: "here",
  };
  return spawn(program, [...words, ...args], { env, stdio: "pipe" });
}

async function run(program: string[], args: string[], input = "") {
  const child = start(program, args);
  child.stdin.on("error", () => undefined).end(input);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

const exited = (exitCode: number) => encodeJson({ event: "exited", exitCode, oomKilled: false });
const endsWith =
  (...ending: Buffer[]) =>
  (socket: Socket, [kind]: Message) => {
    if (kind !== Kind.json) return;
    socket.write(encodeJson({ event: "started" }));
    socket.write(encodeJson({ event: "started", program: true }));
    socket.end(Buffer.concat(ending));
  };

/** Expects both programs to send and print the same for these arguments. */
async function expectSame(args: string[]) {
  const results = [];
  for (const program of Object.values(PROGRAMS)) {
    const out = [encode(Kind.stdout, Buffer.from("out\n")), encode(Kind.stderr, Buffer.from("err\n"))];
    const heard = await listen(endsWith(...out, exited(7)));
    const shown = await run(program, ["exec", ...args]);
    results.push({
      shown,
      heard: heard.map((messages) => messages.filter(([kind]) => kind === Kind.json)),
    });
    await stop();
  }
  expect(results[0]).toEqual(results[1]);
  return results[0]?.shown;
}

describe("box exec without a terminal", () => {
  it.each([
    [["web", "true"]],
    [[ID, "true"]],
    [["0123", "ls", "-l", "--", "-x"]],
    [["-i", "web", "cat"]],
    [["-e", "A=1", "-eB=2", "--env=A=3", "-e", "FOUND", "-e", "MISSING", "web", "env"]],
    [["-u", "nobody:users", "-w/tmp/x", "--privileged", "web", "id"]],
    [["--workdir", "/", "--user=0", "--", "web", "sh", "-c", 'a "b"\n\t\u0001\\ é😀']],
    [["-d", "web", "sleep", "1"]],
    [["-w", "/tmp/../x//y/", "web", "pwd"]],
    [["-w", "relative", "web", "pwd"]],
    [["-e", "=x", "web", "env"]],
    [["--nope", "web", "x"]],
    [["web"]],
    [["nobody", "x"]],
    [["--help"]],
  ])("sends and prints the same as Node's: %j", async (args) => {
    await expectSame(args);
  });

  it("passes arguments as large as this host allows", async () => {
    const words = Array.from({ length: 14 }, () => "x".repeat(120_000));
    expect(await expectSame(["web", "echo", ...words])).toMatchObject({ code: 7 });
  });

  it.each([
    ["a failure", encodeJson({ event: "failed", code: "x", message: "no \u001b such", hint: "try é" })],
    ...["not-found", "not-executable", "no-user", "paused", "not-ready", "failed"].map(
      (code): [string, Buffer] => [
        `a failure of code ${code}`,
        encodeJson({ event: "failed", code, message: "no" }),
      ],
    ),
    [
      "a failure by a monitor of an older version",
      encode(Kind.json, Buffer.from('{"event":"failed","code":"cwd","message":"no","exitCode":1}')),
    ],
    ["a reason", encodeJson({ event: "exited", exitCode: 137, oomKilled: false, reason: "was stopped" })],
    ["the end of the stream", Buffer.from("")],
    ["malformed data", Buffer.alloc(64, 0xff)],
  ])("reports %s as Node's does", async (_, ending) => {
    const results = [];
    for (const program of Object.values(PROGRAMS)) {
      await listen(endsWith(ending));
      results.push(await run(program, ["exec", "web", "true"]));
      await stop();
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]?.stderr).not.toBe("");
  });

  it.each([
    ["not-found", 1],
    ["no-user", 1],
    ["failed", 125],
  ])("reports a program in the background that cannot start: %s", async (failure, code) => {
    const ending = encodeJson({ event: "failed", code: failure, message: "no" });
    for (const program of Object.values(PROGRAMS)) {
      await listen((socket, [kind]) => {
        if (kind === Kind.json) socket.end(ending);
      });
      expect(await run(program, ["exec", "-d", "web", "true"])).toMatchObject({ code, stderr: "box: no\n" });
      await stop();
    }
  });

  it("sends all of stdin and its end, but never more than the window allows", async () => {
    const input = "x".repeat(600_000);
    let got = 0;
    let ended = false;
    await listen((socket, [kind, text]) => {
      if (kind === Kind.json) return void socket.write(encodeJson({ event: "started", program: true }));
      expect(text.length).toBeLessThanOrEqual(262_144);
      got += text.length;
      ended ||= text.length === 0;
      if (text.length > 0) socket.write(encodeWindow(text.length));
      else socket.write(exited(0));
    });
    expect(await run(PROGRAMS.native, ["exec", "-i", "web", "cat"], input)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect({ got, ended }).toEqual({ got: input.length, ended: true });
  });

  it("forwards signals, and kills with the third Ctrl-C", async () => {
    const signals: number[] = [];
    let awake: () => void = () => undefined;
    const heard = () => new Promise<void>((resolve) => (awake = resolve));
    await listen((socket, [, text]) => {
      const request = JSON.parse(text) as { op: string; signal?: number };
      if (request.signal !== undefined) signals.push(request.signal);
      if (request.signal === 9) socket.write(exited(137));
      awake();
    });
    const child = start(PROGRAMS.native, ["exec", "web", "sleep", "1000"]);
    await heard();
    const closed = once(child, "close");
    for (const signal of ["SIGTERM", "SIGINT", "SIGINT", "SIGINT"] as const) {
      const next = heard();
      child.kill(signal);
      await next;
    }
    expect(await closed).toEqual([137, null]);
    expect(signals).toEqual([15, 2, 2, 9]);
  });

  it("sends SIGPIPE when the reader of its output has gone", async () => {
    const heard = await listen((socket, [, text]) => {
      if (text.includes('"exec"')) socket.write(encode(Kind.stdout, Buffer.alloc(200_000)));
      else socket.write(exited(141));
    });
    const child = start(PROGRAMS.native, ["exec", "web", "yes"]);
    child.stdout.destroy();
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(141);
    expect(heard[0]?.at(-1)?.[1]).toBe('{"op":"signal","signal":13,"version":1}');
  });

  /** Starts `box exec -i` whose program has written a line. @returns it, and the monitor's end, which reads no more */
  async function startBeside(program: string[]) {
    let onAsked: (socket: Socket) => void = () => undefined;
    const asked = new Promise<Socket>((resolve) => (onAsked = resolve));
    await listen((socket) => onAsked(socket));
    const child = start(program, ["exec", "-i", "web", "cat"]);
    const monitor = (await asked).pause();
    monitor.write(encodeJson({ event: "started", program: true }));
    monitor.write(encode(Kind.stdout, Buffer.from("up\n")));
    await once(child.stdout, "readable");
    return { child, monitor };
  }

  /** The monitor sends this much and exits; the system has all of it. */
  const LAST = Buffer.alloc(100_000, "x");
  function sendLast(monitor: Socket): void {
    monitor.write(encode(Kind.stdout, LAST));
    monitor.write(exited(7));
    monitor.destroy();
  }

  async function collect(child: ReturnType<typeof start>) {
    let output = 0;
    child.stdout.on("data", (data: Buffer) => (output += data.length));
    const [code] = (await once(child, "close")) as [number];
    return { code, output };
  }

  const everything = { code: 7, output: "up\n".length + LAST.length };

  it.each(Object.entries(PROGRAMS))(
    "suspended while its box exits, with more stdin to send, prints all output (%s)",
    async (_, program) => {
      const { child, monitor } = await startBeside(program);
      await suspend(child);
      child.stdin.write("too late");
      sendLast(monitor);
      child.kill("SIGCONT");
      expect(await collect(child)).toEqual(everything);
    },
  );

  it.each(Object.entries(PROGRAMS))(
    "whose output is read slowly prints all of it after the box has exited without reading its stdin (%s)",
    async (_, program) => {
      const { child, monitor } = await startBeside(program);
      child.stdin.write("unread");
      monitor.resume();
      await once(monitor, "data");
      monitor.pause();
      child.stdin.write("unread");
      sendLast(monitor);
      child.stdin.end();
      expect(await collect(child)).toEqual(everything);
    },
  );

  it("reports an error in one line when the monitor sends malformed data", async () => {
    await listen((socket) => socket.write(Buffer.alloc(64, 0xff)));
    const { code, stderr } = await run(PROGRAMS.native, ["exec", "web", "true"]);
    expect(code).toBe(125);
    expect(stderr).toMatch(/^box: the monitor sent an unrecognized message\nhint: .*\n$/);
  });
});

describe("called as docker", () => {
  it("leaves flags after the image to the program", async () => {
    const docker = join(folder, "docker");
    await symlink(PROGRAMS.native[0] ?? "", docker);
    const dryRun = async (program: string) => {
      const { stdout } = await promisify(execFile)(program, ["run", "--dry-run", "alpine", "--rm"]);
      return JSON.parse(stdout) as { cmd: string[]; record?: { autoRemove?: boolean } };
    };
    expect((await dryRun(docker)).cmd).toEqual(["--rm"]);
    expect((await dryRun(PROGRAMS.native[0] ?? "")).cmd).toEqual([]);
  });
});
