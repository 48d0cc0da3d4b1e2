import type { BoxState } from "../box/record.js";
import { writeState } from "../box/state.js";
import { log } from "./log.js";

export interface StateKeeper {
  /** Puts on record what has changed of a box's state. */
  change: (change: Partial<BoxState>) => void;
  /** What is on record now, or will be soon; resolves when it is. */
  written: () => Promise<BoxState>;
}

/**
 * Writes the state of a running box, one change after the other.
 * @param onUnrecorded hears of a first state that cannot be written: nobody would know then that the box runs
 */
export function keepState(
  folder: string,
  first: BoxState,
  onUnrecorded: (error: unknown) => void,
): StateKeeper {
  // A disk that fills later must not end the box.
  const write = (next: BoxState) =>
    writeState(folder, next).catch((error: unknown) =>
      log("error", `cannot record the state: ${String(error)}`),
    );
  let state = first;
  let written = writeState(folder, first).catch(onUnrecorded);
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
