import type { Task } from "../protocol/guest/messages.js";
import { log } from "./log.js";
import type { Session, SessionEvents } from "./session.js";

export interface Pause {
  /** Whether the box's programs are frozen. */
  on: () => boolean;
  /** Does a task in the box, unless it pauses what is paused already, or the other way around. */
  task: (task: Task, events: SessionEvents) => Session | undefined;
  /** Starts a program, unless the box is paused. */
  unlessOn: (events: SessionEvents, open: () => Session | undefined) => Session | undefined;
  /** Lets a box that is to end go on. */
  release: () => void;
}

/**
 * Knows whether a running box is paused: the agent freezes its programs and stays awake itself.
 * @param onChange hears of it
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
    const message = `box ${name} is ${why}`;
    events.onFailure({ code: "paused", message, hint });
    return undefined;
  }
  return {
    on: () => paused,
    task: (task, events) => {
      if (task.kind !== "freeze" && task.kind !== "thaw") return openTask(task, events);
      const wanted = task.kind === "freeze";
      if (wanted === paused) {
        refuse(events, wanted ? "paused already" : "not paused");
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
      refuse(events, "paused", "unpause it first");
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
