import type { BoxState } from "../box/record.js";
import { reserveState, writeLastState, writeState } from "../box/state.js";
import { log } from "./log.js";

export interface StateWriter {
  /** Keeps room for `end`: when the box is up, as the guest's start needs the room of a nearly full disk more. */
  reserve: () => void;
  /** Puts on record what has changed of a box's state. */
  change: (change: Partial<BoxState>) => void;
  /** The same, of the last change, which there is room for on a disk that has become full. */
  end: (change: Partial<BoxState>) => void;
  /** What is on record now, or will be soon; resolves when it is. */
  written: () => Promise<BoxState>;
}

/**
 * Writes the state of a running box, one change after the other.
 * @param onUnrecorded hears of a first state that cannot be written: nobody would know then that the box runs
 */
export function openStateWriter(
  folder: string,
  first: BoxState,
  onUnrecorded: (error: unknown) => void,
): StateWriter {
  const note = (error: unknown) => log("error", `cannot record the state: ${String(error)}`);
  let state = first;
  let recorded = true;
  let written = writeState(folder, first).catch((error: unknown) => {
    recorded = false;
    onUnrecorded(error);
  });
  // A disk that fills later must not end the box.
  const changeBy = (write: typeof writeState) => (change: Partial<BoxState>) => {
    const next = { ...state, ...change };
    state = next;
    // A box whose start is not on record is as it was, even where its end leaves room.
    written = written.then(() => (recorded ? write(folder, next) : undefined)).catch(note);
  };
  return {
    reserve: () => {
      try {
        reserveState(folder);
      } catch (error) {
        log("warn", `cannot keep room for the last state: ${String(error)}`);
      }
    },
    change: changeBy(writeState),
    end: changeBy(writeLastState),
    written: async () => {
      await written;
      return state;
    },
  };
}
