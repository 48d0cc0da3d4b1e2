import type { Session } from "../../engine/boxes.js";
import type { Typed } from "./key-sequence.js";
import { openStdin } from "../stdin.js";

/** Detects keys that are not for the program. */
export interface Keys {
  watch: (typed: Buffer) => Typed;
  onComplete: () => void;
}

/** Forwards stdin to the box, at the pace at which the program reads it. @param onEnd called after the last of it */
export function feedStdin(
  session: Session,
  keys: Keys | undefined,
  onEnd: () => void = () => undefined,
): void {
  const stdin = openStdin();
  const end = () => {
    session.closeStdin();
    onEnd();
  };
  stdin.on("data", (data: Buffer) => {
    const typed = keys?.watch(data);
    const pause = session.write(typed?.pass ?? data);
    if (pause) {
      stdin.pause();
      void pause.then(() => stdin.resume());
    }
    if (typed?.complete === true) keys?.onComplete();
  });
  stdin.once("end", end);
  stdin.once("error", end);
}
