// @module-tag vm
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FrameType, encodeFrame } from "../../../src/vm/protocol/guest/frames.js";
import { encodeResize, encodeStart, encodeWindow } from "../../../src/vm/protocol/guest/messages.js";
import { runProgram, shell, START } from "./program.js";
import { bootConfigured, makeImage, makeUpper, type Vm } from "./vm.js";

// A real VM under emulation: the timeout only catches hangs and must never depend on the machine's speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const SIZE = { rows: 24, columns: 80 };
const MAIN = 1;

let folder: string;
let vm: Vm;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-agent-test-"));
  const image = join(folder, "image.erofs");
  await makeImage(image);
  vm = await bootConfigured(image, await makeUpper(join(folder, "upper")));
});
afterAll(async () => {
  vm.kill();
  await vm.ended;
  await rm(folder, { recursive: true, force: true });
});

const type = (channel: number, text: string) =>
  vm.socket.write(encodeFrame(FrameType.STDIN, channel, Buffer.from(text)));

/** Reads the output of a program on a terminal until it contains a text; drops all other frames. */
async function awaitOutput(channel: number, text: string): Promise<string> {
  let seen = "";
  while (!seen.includes(text)) {
    const frame = await vm.next();
    if (frame.channel !== channel || frame.type !== FrameType.STDOUT) continue;
    seen += frame.payload.toString();
    if (frame.payload.length > 0) vm.socket.write(encodeWindow(channel, 1, frame.payload.length));
  }
  return seen;
}

/** Runs a script in the main program, a shell, and waits until it reaches `%`. */
async function runInShell(script: string): Promise<void> {
  type(MAIN, `(${script.replace("%", "echo go$((40+2))")})\n`);
  await awaitOutput(MAIN, "go42\r\n");
}

async function awaitExit(channel: number): Promise<number[]> {
  for (;;) {
    const frame = await vm.next();
    if (frame.channel === channel && frame.type === FrameType.EXIT) return [...frame.payload];
  }
}

// The first test starts the main program, whose namespaces the others use.
describe("a program on a terminal", () => {
  it("has it as its controlling terminal, in the requested size, and as /dev/console if it is the main program", async () => {
    const start = { ...START, argv: ["sh"], env: ["PATH=/bin", "PS1=> "], stdin: true, main: true };
    for (const part of encodeStart(MAIN, { ...start, terminal: SIZE })) vm.socket.write(part);
    await awaitOutput(MAIN, "> ");
    type(
      MAIN,
      "tty; stty size; cut -d' ' -f7 /proc/$$/stat; stat -Lc '%t:%T' /dev/console /proc/self/fd/2; echo d''one\n",
    );
    const seen = await awaitOutput(MAIN, "done\r\n");
    expect(seen).toMatch(/\r\n\/dev\/pts\/0\r\n24 80\r\n34816\r\n88:0\r\n88:0\r\ndone\r\n/);
  });

  it("receives SIGWINCH for a new size, SIGINT for Ctrl-C, and end of file for Ctrl-D", async () => {
    await runInShell("trap 'stty size' WINCH; %; while :; do sleep 0.1; done");
    vm.socket.write(encodeResize(MAIN, { rows: 50, columns: 132 }));
    await awaitOutput(MAIN, "50 132");
    type(MAIN, "\x03");
    await awaitOutput(MAIN, "> ");
    await runInShell("%; exec sleep 1000");
    type(MAIN, "\x03");
    await awaitOutput(MAIN, "> ");
    type(MAIN, "echo code $?\n");
    await awaitOutput(MAIN, "code 130");
    await runInShell("%; exec cat");
    type(MAIN, "in\n");
    await awaitOutput(MAIN, "in\r\nin\r\n");
    type(MAIN, "\x04");
    await awaitOutput(MAIN, "> ");
  });

  it("has only stdout, owns its terminal, and loses no output when it exits", async () => {
    const { stdout, stderr, exit } = await runProgram(
      vm,
      ["sh", "-c", "stat -L -c %u:%g:%a /proc/self/fd/0; echo err >&2; seq 20000; exit 7"],
      { terminal: SIZE, user: "anna" },
    );
    expect(stderr.length).toBe(0);
    expect(stdout.toString().startsWith("1000:5:620\r\nerr\r\n1\r\n")).toBe(true);
    expect(stdout.length).toBe("1000:5:620\r\nerr\r\n".length + 108_894 + 20_000);
    expect(exit?.code).toBe(7);
  });

  it("keeps its terminal while no process has it open", async () => {
    const script = "exec <&- >&- 2>&-; sleep 0.5; exec <>/dev/tty >&0 2>&0; echo again";
    expect((await runProgram(vm, ["sh", "-c", script], { terminal: SIZE })).stdout.toString()).toBe(
      "again\r\n",
    );
  });

  it("does not see the end of its stdin", async () => {
    const input = Buffer.from("typed\n");
    const script = "read a; echo got $a; read -t 1 b || echo nothing more";
    const { stdout } = await runProgram(vm, ["sh", "-c", script], { input, terminal: SIZE });
    expect(stdout.toString()).toContain("got typed\r\nnothing more\r\n");
  });

  it("is killed by a malformed size; a program without a terminal ignores sizes", async () => {
    for (const part of encodeStart(700, { ...START, argv: ["sleep", "1000"] })) vm.socket.write(part);
    vm.socket.write(encodeResize(700, SIZE));
    vm.socket.write(encodeFrame(FrameType.SIGNAL, 700, Buffer.of(15)));
    expect(await awaitExit(700)).toEqual([1, 15, 0]);
    for (const part of encodeStart(701, { ...START, argv: ["sleep", "1000"], terminal: SIZE }))
      vm.socket.write(part);
    vm.socket.write(encodeFrame(FrameType.RESIZE, 701, Buffer.of(1, 2, 3)));
    expect(await awaitExit(701)).toEqual([1, 9, 0]);
  });

  it("leaves no terminals behind", async () => {
    expect(await shell(vm, "ls /dev/pts")).toBe("0\nptmx\n");
    type(MAIN, "exit 3\n");
    expect(await awaitExit(MAIN)).toEqual([0, 3, 0]);
  });
});
