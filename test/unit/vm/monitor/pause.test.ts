import { beforeEach, describe, expect, it } from "vitest";
import type { Task } from "../../../../src/vm/protocol/guest/messages.js";
import { watchPause, type Pause } from "../../../../src/vm/monitor/pause.js";
import type { Session, SessionEvents } from "../../../../src/vm/monitor/session.js";

const session = {} as Session;
const DONE = { code: 0, oomKilled: false };

describe("watchPause", () => {
  let asked: { task: Task; events: SessionEvents }[];
  let changes: boolean[];
  let failures: string[];
  let pause: Pause;
  const events: SessionEvents = {
    onOutput: () => undefined,
    onExit: () => undefined,
    onFailure: ({ message }) => failures.push(message),
  };

  beforeEach(() => {
    [asked, changes, failures] = [[], [], []];
    pause = watchPause(
      "web",
      (task, taskEvents) => {
        asked.push({ task, events: taskEvents });
        return session;
      },
      (paused) => changes.push(paused),
    );
  });
  const freeze = (exit = DONE) => {
    pause.task({ kind: "freeze" }, events);
    asked.at(-1)?.events.onExit(exit);
  };

  it("changes the state when the agent succeeds, not when it fails", () => {
    freeze({ code: 1, oomKilled: false });
    expect([pause.on(), changes]).toEqual([false, []]);
    freeze();
    expect([pause.on(), changes]).toEqual([true, [true]]);
    pause.task({ kind: "thaw" }, events);
    expect(pause.on()).toBe(true);
    asked.at(-1)?.events.onExit(DONE);
    expect(changes).toEqual([true, false]);
  });

  it("refuses to pause or unpause twice, and to start programs while paused", () => {
    pause.task({ kind: "thaw" }, events);
    expect(pause.unlessOn(events, () => session)).toBe(session);
    freeze();
    pause.task({ kind: "freeze" }, events);
    expect(pause.unlessOn(events, () => session)).toBeUndefined();
    expect(failures).toEqual([
      "Container web is not paused",
      "Container web is already paused",
      "Container web is paused, unpause the container before exec",
    ]);
    expect(pause.task({ kind: "usage" }, events)).toBe(session);
    expect(asked.map(({ task }) => task.kind)).toEqual(["freeze", "usage"]);
  });

  it("unpauses a paused box that is about to stop", () => {
    pause.release();
    expect(asked).toEqual([]);
    freeze();
    pause.release();
    expect(asked.at(-1)?.task).toEqual({ kind: "thaw" });
  });
});
