import type { Task } from "../protocol/guest/messages.js";
import { log } from "./log.js";
import type { Session, SessionEvents } from "./session.js";

export interface Pause {
  /** Whether the box's programs are frozen. */
  on: () => boolean;
  /** Runs a task in the box; refuses to pause a paused box or unpause one that is not paused. */
  task: (task: Task, events: SessionEvents) => Session | undefined;
  /** Starts a program, unless the box is paused. */
  unlessOn: (events: SessionEvents, open: () => Session | undefined) => Session | undefined;
  /** Unpauses a box that is about to be stopped. */
  release: () => void;
}

/**
 * Tracks whether a running box is paused: the agent freezes its programs but keeps running itself.
 * @param onChange called when the box has been paused or unpaused
 */
export function watchPause(
  name: string,
  openTask: (task: Task, events: SessionEvents) => Session | undefined,
  onChange: (paused: boolean) => void,
): Pause {
  let paused = false;
  function change(next: boolean): void {
    if (paused === next) return;
    paused = next;
    onChange(next);
  }
  function refuse(events: SessionEvents, why: string, hint?: string): undefined {
    const message = `Container ${name} is ${why}`;
    events.onFailure({ code: "paused", message, hint });
    return undefined;
  }
  return {
    on: () => paused,
    task: (task, events) => {
      if (task.kind !== "freeze" && task.kind !== "thaw") return openTask(task, events);
      const wanted = task.kind === "freeze";
      if (wanted === paused) {
        refuse(events, wanted ? "already paused" : "not paused");
        return;
      }
      return openTask(task, {
        ...events,
        onExit: (exit) => {
          if (exit.code === 0 && exit.signal === undefined) change(wanted);
          events.onExit(exit);
        },
      });
    },
    unlessOn: (events, open) => {
      if (!paused) return open();
      refuse(events, "paused, unpause the container before exec", "unpause it first");
    },
    release: () => {
      if (!paused) return;
      openTask(
        { kind: "thaw" },
        {
          onOutput: (_stream, data, acknowledge) => {
            log("warn", `cannot unpause: ${data.toString("utf8", 0, 1000).trim()}`);
            acknowledge(data.length);
          },
          onExit: () => change(false),
          onFailure: ({ message }) => log("warn", `cannot unpause: ${message}`),
        },
      );
    },
  };
}
