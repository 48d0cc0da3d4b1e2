import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CONTROL_VERSION } from "../../../../src/vm/protocol/control/table.js";
import {
  createDecoder,
  encode,
  encodeJson,
  Kind,
  type Event,
  type Request,
} from "../../../../src/vm/protocol/control/wire.js";

// A real terminal, created by script(1), around the real command; this test takes the part of the box's monitor.

const BOX = join(import.meta.dirname, "../../../../dist/box.js");
const ID = "a".repeat(64);

let home: string;
let server: Server;
let shell: ChildProcess;
/** The contents of the terminal. */
let screen: string;
let monitor: Socket;
let requests: Request[];

/** A request without the protocol version that every request contains. */
function readRequest(payload: Buffer): Request {
  const { version, ...request } = JSON.parse(payload.toString()) as Request & { version: number };
  expect(version).toBe(CONTROL_VERSION);
  return request;
}

let typed: string;
let wake: () => void;

/** Waits for a condition, checking it after every event. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

const shows = (text: string) => until(() => screen.includes(text));
const type = (text: string) => shell.stdin?.write(text);

/** Starts a shell on a terminal, which runs the command and prints its exit code and whether the terminal was restored. */
async function start(command: string): Promise<void> {
  const script = [
    "stty rows 24 cols 80; before=$(stty -a); tty",
    `sh -c 'echo "pid $$"; exec node ${BOX} ${command}'`,
    'code=$?; [ "$before" = "$(stty -a)" ] && echo "sane $code" || stty -a',
  ].join("\n");
  shell = spawn("script", ["-qec", script, "/dev/null"], {
    env: { ...process.env, BOX_HOME: home, BOX_RUNTIME: join(home, "run"), SHELL: "/bin/sh" },
    cwd: home,
    stdio: ["pipe", "pipe", "inherit"],
  });
  shell.stdout?.on("data", (data: Buffer) => {
    screen += data.toString();

    wake();
  });
  await until(() => requests.length > 0);
}

/** Sends the monitor's last message. */
const end = (event: Event) => monitor.end(encodeJson(event));

/** Reports that the program runs; its output arrives only after the command has put its terminal into raw mode. */
async function run(): Promise<void> {
  monitor.write(encodeJson({ event: "started", program: true }));
  monitor.write(encode(Kind.stdout, Buffer.from("up\n")));
  await shows("up\n");
}

/** The process ID of the command. */
function pid(): number {
  return Number(/pid (\d+)/.exec(screen)?.[1]);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "box-terminal-"));
  [screen, typed, requests] = ["", "", []];
  wake = () => undefined;
  mkdirSync(join(home, "boxes", ID), { recursive: true });
  mkdirSync(join(home, "run"));
  server = createServer((socket) => {
    monitor = socket;
    socket.on("error", () => undefined);
    socket.on(
      "data",
      createDecoder((kind, payload) => {
        if (kind === Kind.json) requests.push(readRequest(payload));
        else typed += payload.toString();
        wake();
      }),
    );
    socket.on("close", () => wake());
  }).listen(join(home, "run", `${ID.slice(0, 12)}.sock`));
  await once(server, "listening");
});

afterEach(async () => {
  monitor.destroy();
  server.close();
  if (shell.exitCode === null) await once(shell, "close");
  rmSync(home, { recursive: true });
});

describe("a command on a terminal", () => {
  it("forwards size and keys, prints output unchanged, and restores the terminal", async () => {
    await start(`exec -it ${ID} sh`);
    expect(requests[0]).toMatchObject({ op: "exec", program: { terminal: { rows: 24, columns: 80 } } });
    await run();
    type("\x03\x04\x1a\x7f\r\n");
    await until(() => typed.length === 6);
    expect(typed).toBe("\x03\x04\x1a\x7f\r\n");
    end({ event: "exited", exitCode: 7, oomKilled: false });
    await shows("sane 7");
    // A newline written by the program is not turned into a carriage return and a newline.
    expect(screen).toContain("up\nsane 7");
  });

  it("forwards a new size", async () => {
    await start(`exec -it ${ID} sh`);
    await run();
    const [, tty = ""] = /(\/dev\/pts\/\d+)/.exec(screen) ?? [];
    spawn("stty", ["-F", tty, "rows", "30", "cols", "100"]);
    const last = () => JSON.stringify(requests.at(-1));
    await until(() => last() === JSON.stringify({ op: "resize", size: { rows: 30, columns: 100 } }));
    spawn("stty", ["-F", tty, "rows", "24", "cols", "80"]);
    await until(() => last() === JSON.stringify({ op: "resize", size: { rows: 24, columns: 80 } }));
    end({ event: "exited", exitCode: 0, oomKilled: false });
    await shows("sane 0");
  });

  it("forwards signals but no keys if the program has no terminal", async () => {
    await start(`exec ${ID} sh`);
    monitor.write(encode(Kind.stdout, Buffer.from("up\n")));
    await shows("up\r\n");
    for (const signal of ["SIGWINCH", "SIGHUP", "SIGTERM"]) {
      const before = requests.length;
      process.kill(pid(), signal);
      await until(() => requests.length > before);
    }
    expect(requests.slice(1)).toEqual([28, 1, 15].map((signal) => ({ op: "signal", signal })));
    end({ event: "exited", exitCode: 0, oomKilled: false });
    await shows("sane 0");
  });

  it.each([
    ["", "\x10\x11"],
    ["--detach-keys ctrl-x,y", "\x18y"],
  ])("detaches on its detach keys %s", async (flags, keys) => {
    await start(`exec -it ${flags} ${ID} sh`);
    await run();
    type(`ab${keys}`);
    await shows("sane 0");
    expect(screen).toContain("read escape sequence");
    expect([typed, requests.at(-1)]).toEqual(["ab", { op: "detach" }]);
  });

  it.each([
    ["a program that cannot start", () => end({ event: "failed", code: "cwd", message: "no" }), 126],
    ["a monitor that is killed", () => monitor.destroy(), 125],
    ["a monitor that sends an invalid message", () => monitor.write(encode(Kind.json, Buffer.from("{"))), 1],
  ])("restores the terminal after %s", async (_, act, code) => {
    await start(`exec -it ${ID} sh`);
    await run();
    act();
    await shows(`sane ${code}`);
  });

  it.each([
    ["HUP", 129],
    ["INT", 130],
    ["QUIT", 131],
    ["USR1", 138],
    ["TERM", 143],
  ])("restores the terminal after SIG%s, which terminates only the command", async (signal, code) => {
    await start(`exec -it --detach-keys a ${ID} sh`);
    await run();
    process.kill(pid(), `SIG${signal}`);
    await shows(`sane ${code}`);
    expect(requests).toHaveLength(1);
  });
});
