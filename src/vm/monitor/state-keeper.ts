import type { BoxState } from "../box/record.js";
import { writeState } from "../box/state.js";
import { log } from "./log.js";

export interface StateKeeper {
  /** Puts on record what has changed of a box's state. */
  change: (change: Partial<BoxState>) => void;
  /** What is on record now, or will be soon; resolves when it is. */
  written: () => Promise<BoxState>;
}

/** Writes the state of a running box, one change after the other. */
export function keepState(folder: string, first: BoxState): StateKeeper {
  // A full disk must not end the box.
  const write = (next: BoxState) =>
    writeState(folder, next).catch((error: unknown) =>
      log("error", `cannot record the state: ${String(error)}`),
    );
  let state = first;
  let written = write(first);
  return {
    change: (change) => {
      const next = { ...state, ...change };
      state = next;
      written = written.then(() => write(next));
    },
    written: async () => {
      await written;
      return state;
    },
  };
}
