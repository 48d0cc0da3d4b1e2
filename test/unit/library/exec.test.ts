import { expect, it } from "vitest";
import type { Session, SessionEnd, SessionHandlers } from "../../../src/engine/boxes.js";
import { BoxError } from "../../../src/errors.js";
import { startExec, type ExecOptions } from "../../../src/library/exec.js";

/** A program that exits when it is killed, once all of its output has been read, and a list of what was done to it. */
function openProgram() {
  const done: string[] = [];
  const written: string[] = [];
  let finish: (end: SessionEnd) => void = () => undefined;
  let begin: (take: NonNullable<SessionHandlers["onOutput"]>) => void = () => undefined;
  const taking = new Promise<NonNullable<SessionHandlers["onOutput"]>>((resolve) => (begin = resolve));
  const ended = new Promise<SessionEnd>((resolve) => (finish = resolve));
  let held: Promise<unknown> = Promise.resolve();
  const session: Session = {
    of: "program",
    follow: ({ onOutput = () => undefined }) => {
      begin(onOutput);
      return ended;
    },
    awaitStart: () => Promise.resolve(undefined),
    write: (data) => void written.push(Buffer.from(data).toString()),
    closeStdin: () => void done.push("closed"),
    signal: (number) => void done.push(`signal ${number}`),
    kill: () => {
      done.push("killed");
      void held.then(() => finish({ exitCode: 137 }));
    },
    resize: () => void done.push("resized"),
    detach: () => Promise.resolve(),
  };
  return {
    done,
    written,
    ended,
    /** Writes until the program is blocked. */
    fill: async () => {
      const take = await taking;
      let space: Promise<unknown> | undefined;
      for (let pieces = 0; !space && pieces < 100; pieces++)
        space = take("stdout", Buffer.alloc(64 * 1024, "y"));
      held = space ?? held;
    },
    say: async (text: string) => void (await taking)("stdout", Buffer.from(text)),
    exit: (exitCode: number) => finish({ exitCode }),
    run: (options: ExecOptions = {}) => startExec(() => Promise.resolve(session), "yes", [], options),
  };
}

const refusalOf = (action: PromiseLike<unknown>) =>
  Promise.resolve(action).then(
    () => undefined,
    (error: unknown) => error,
  );

it("rejects immediately when its signal is aborted while output waits unread, and lets the program exit", async () => {
  const program = openProgram();
  const abort = new AbortController();
  const run = program.run({ signal: abort.signal });
  const pieces = run[Symbol.asyncIterator]();
  await program.fill();
  expect((await pieces.next()).done).toBe(false);
  const reason = new Error("enough");
  abort.abort(reason);
  expect(await refusalOf(run)).toBe(reason);
  expect(program.done).toEqual(["killed"]);
  expect(await program.ended).toEqual({ exitCode: 137 });
  const rest = async () => {
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next());
  };
  expect(await refusalOf(rest())).toBe(reason);
});

it("rejects immediately after its timeout while output waits unread", async () => {
  const program = openProgram();
  const run = program.run({ timeoutMs: 1 });
  run[Symbol.asyncIterator]();
  await program.fill();
  expect(await refusalOf(run)).toMatchObject({ code: "timed-out" });
  expect(program.done).toEqual(["killed"]);
});

it("rejects after its timeout if the program has not started yet, and kills it once it has", async () => {
  let open: (session: Session) => void = () => undefined;
  const opening = new Promise<Session>((resolve) => (open = resolve));
  const run = startExec(() => opening, "yes", [], { timeoutMs: 1, stdin: "text" });
  expect(await refusalOf(run)).toMatchObject({ code: "timed-out" });
  const killed = new Promise<void>((resolve) => {
    const follow = () => new Promise<SessionEnd>(() => undefined);
    open({ follow, kill: resolve } as unknown as Session);
  });
  await killed;
});

it("resolves when the program exits while an iterator is paused, which then yields the remaining output", async () => {
  const program = openProgram();
  const run = program.run();
  const pieces = run[Symbol.asyncIterator]();
  await program.say("one");
  expect(await pieces.next()).toMatchObject({ value: { data: "one" } });
  await program.say("two");
  program.exit(3);
  expect(await run).toMatchObject({ exitCode: 3, stdout: "onetwo" });
  expect(await pieces.next()).toMatchObject({ value: { data: "two" } });
  expect((await pieces.next()).done).toBe(true);
});

it.each([
  [
    "yields numbers",
    () => Promise.resolve({ done: false, value: 5 }),
    { code: "invalid-option", subject: "stdin" },
  ],
  ["throws", () => Promise.reject(new Error("no input")), { message: "no input" }],
])("kills a program whose input %s, and rejects", async (_, next, error) => {
  const program = openProgram();
  const stdin = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<string>;
  expect(await refusalOf(program.run({ stdin }))).toMatchObject(error);
  expect(program.done).toEqual(["killed"]);
});

it("kills a program whose input cannot be iterated over", async () => {
  const program = openProgram();
  const stdin = { [Symbol.asyncIterator]: 5 } as unknown as AsyncIterable<string>;
  expect(await refusalOf(program.run({ stdin }))).toBeInstanceOf(TypeError);
  expect(program.done).toEqual(["killed"]);
});

it.each([[{}], [[1, 2]], [false], [5]])("does not start a program with the stdin %j", async (stdin) => {
  let started = false;
  const open = () => {
    started = true;
    return Promise.reject(new Error("it was started"));
  };
  const run = startExec(open, "cat", [], { stdin: stdin as unknown as string });
  expect(await refusalOf(run)).toMatchObject({ code: "invalid-option", subject: "stdin" });
  expect(started).toBe(false);
});

it("refuses writes after stdin has been ended, but not a second end", async () => {
  const program = openProgram();
  const run = program.run({ stdin: true });
  const results = [
    run.stdin.write("a"),
    run.stdin.end("b"),
    run.stdin.write("lost"),
    run.stdin.end("lost"),
    run.stdin.end(),
  ];
  const codes = (await Promise.all(results.map(refusalOf))).map(
    (error) => error instanceof BoxError && error.code,
  );
  expect(codes).toEqual([false, false, "stdin-ended", "stdin-ended", false]);
  expect(await refusalOf(run.stdin.write(5 as unknown as string))).toMatchObject({ code: "invalid-option" });
  expect([program.written, program.done]).toEqual([["a", "b"], ["closed"]]);
});

it("refuses invalid sizes and signals", () => {
  const program = openProgram();
  const run = program.run();
  expect(() => run.resize({ rows: -1, columns: 80 })).toThrow("rows: -1 is less than 1");
  expect(() => run.kill("x")).toThrow('signal: "x" is not a signal');
  expect(program.done).toEqual([]);
});
