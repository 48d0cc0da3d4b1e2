import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { boxFiles, controlSocket } from "../../../../src/vm/box/files.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { writeState } from "../../../../src/vm/box/state.js";
import { createDecoder, encode, Kind } from "../../../../src/vm/protocol/control/wire.js";
import { homeOf } from "../../../../src/host/home.js";
import { boxRecord } from "../record.js";

const DIST = join(import.meta.dirname, "../../../../dist");

/** The requests that the monitor of version 0.1.0 supports, each with its required fields. */
const KNOWN: Record<string, string[]> = {
  attach: ["stdin"],
  signal: ["signal"],
  stop: ["signal", "timeoutMs"],
  resize: ["size"],
  detach: [],
  archive: ["what"],
  copy: ["copy"],
  task: ["task"],
  exec: ["program"],
};
const PROGRAM = ["argv", "env", "stdin", "privileged"];

type Asked = Record<string, unknown> & { op: string; program?: Record<string, unknown>; task?: unknown };

let home: string;
let folder: string;
let server: Server;
let lock: ChildProcess;
let asked: Asked[];
let sockets: Set<Socket>;

const environment = () => ({ ...process.env, BOX_HOME: home, BOX_RUNTIME: join(home, "run") });

/** Sends a message exactly as that monitor does. */
const say = (socket: Socket, json: string) => socket.write(encode(Kind.json, Buffer.from(json)));

/** Does what that monitor does when its box exits. */
async function end(exitCode: number): Promise<void> {
  await rm(join(folder, "upper.ext4"), { force: true });
  await writeFile(
    boxFiles(folder).state,
    `{"status":"exited","startedAt":"2026-01-01T00:00:00.000Z","finishedAt":"2026-01-01T00:00:09.000Z","exitCode":${exitCode},"oomKilled":false,"stopped":true}`,
  );
  server.close();
  for (const socket of sockets) {
    say(socket, `{"event":"exited","exitCode":${exitCode},"oomKilled":false}`);
    socket.end();
  }
  lock.kill("SIGKILL");
  await once(lock, "exit");
}

function answer(socket: Socket, request: Asked): void {
  const fields = KNOWN[request.op];
  const missing = fields?.filter((field) => request[field] === undefined);
  if (!fields || missing?.length !== 0) {
    say(
      socket,
      `{"event":"failed","code":"bad-request","message":"op is not one that this box knows","hint":"x","exitCode":125}`,
    );
    socket.end();
    return;
  }
  if (request.op === "stop") void end(request["signal"] === 9 ? 137 : 143);
  if (request.op === "exec") {
    sockets.delete(socket);
    expect(Object.keys(request.program ?? {})).toEqual(expect.arrayContaining(PROGRAM));
    say(socket, '{"event":"started","program":true}');
    socket.write(encode(Kind.stdout, Buffer.from("said by a program\n")));
    say(socket, '{"event":"exited","exitCode":7,"oomKilled":false}');
    socket.end();
  }
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-old-monitor-"));
  const record = boxRecord("old");
  folder = await createBox(homeOf(environment()), record, (path) =>
    writeFile(join(path, "output.log"), "2026-01-01T00:00:01.000Z stdout 6\nhello\n\n"),
  );
  await writeState(folder, { status: "running", startedAt: "2026-01-01T00:00:00.000Z" });
  const lockFile = boxFiles(folder).lock;
  await writeFile(lockFile, "");
  lock = spawn(join(DIST, "native", "box-vmm"), ["hold", lockFile], { stdio: ["ignore", "pipe", "inherit"] });
  if (lock.stdout) await once(lock.stdout, "data");
  [asked, sockets] = [[], new Set()];
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    // The last event is sent to every new connection.
    say(socket, '{"event":"started"}');
    const decode = createDecoder((kind, payload) => {
      if (kind !== Kind.json) return;
      const request = JSON.parse(payload.toString()) as Asked;
      asked.push(request);
      answer(socket, request);
    });
    socket.on("data", decode);
  }).listen(join(home, "run", controlSocket(record.id)));
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  lock.kill("SIGKILL");
  await rm(home, { recursive: true });
});

async function run(program: string, words: string[]) {
  const child = spawn(program, words, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, ...text };
}
const box = (...words: string[]) => run(join(DIST, "box"), words);
/** Runs a command without the native client, which handles some commands itself. */
const boxJs = (...words: string[]) => run(process.execPath, [join(DIST, "box.js"), ...words]);

it("a box run by version 0.1.0 is listed, and its log is shown", { tags: "slow" }, async () => {
  expect((await box("ps", "--format", "{{.Names}} {{.State}}")).stdout).toBe("old running\n");
  expect((await box("logs", "old")).stdout).toBe("hello\n");
});

it.each([
  ["the native client", box],
  ["Node", boxJs],
])("exec works in a box run by version 0.1.0, by %s", async (_, command) => {
  const result = await command("exec", "old", "true");
  expect(result).toEqual({ code: 7, stdout: "said by a program\n", stderr: "" });
  expect(asked).toMatchObject([{ op: "exec", program: { argv: ["true"] } }]);
});

it("a box run by version 0.1.0 can be stopped and then removed", { tags: "slow" }, async () => {
  expect(await box("stop", "old")).toEqual({ code: 0, stdout: "old\n", stderr: "" });
  expect(asked.at(-1)).toMatchObject({ op: "stop", signal: 15, timeoutMs: 10_000 });
  expect((await box("ps", "-a", "--format", "{{.Names}} {{.State}}")).stdout).toBe("old exited\n");
  expect(await box("rm", "old")).toEqual({ code: 0, stdout: "old\n", stderr: "" });
  expect(await readdir(join(home, "boxes"))).toEqual([]);
});

it(
  "a box run by version 0.1.0 can be removed by force, which waits for its end",
  { tags: "slow" },
  async () => {
    const waiting = box("wait", "old");
    await new Promise<void>((resolve) => server.once("connection", () => resolve()));
    expect(await box("rm", "-f", "old")).toEqual({ code: 0, stdout: "old\n", stderr: "" });
    expect(asked.at(-1)).toMatchObject({ op: "stop", signal: 9 });
    expect(await waiting).toMatchObject({ code: 0, stdout: "137\n" });
    expect(await readdir(join(home, "names"))).toEqual([]);
  },
);
