import type { BoxState } from "../box/record.js";
import { reserveState, writeLastState, writeState } from "../box/state.js";
import { log } from "./log.js";

export interface StateWriter {
  /**
   * Reserves disk space for `end`. Called only once the box is up, because on a nearly full disk its start comes first.
   */
  reserve: () => void;
  /** Records a change of the box's state. */
  change: (change: Partial<BoxState>) => void;
  /** Records the last change, using the reserved space if the disk is full. */
  end: (change: Partial<BoxState>) => void;
  /** Resolves with the current state once it is on disk. */
  written: () => Promise<BoxState>;
}

/**
 * Writes the state of a running box, one change after another.
 * @param onUnrecorded called if the first state cannot be written: other commands would not know that the box is
 *   running
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
    // If the start was not recorded, the state stays as it was before, even if there is space again.
    written = written.then(() => (recorded ? write(folder, next) : undefined)).catch(note);
  };
  return {
    reserve: () => {
      try {
        reserveState(folder);
      } catch (error) {
        log("warn", `cannot reserve space for the final state: ${String(error)}`);
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
