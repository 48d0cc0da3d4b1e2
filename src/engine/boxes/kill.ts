import { signalBox } from "../../vm/box/stop.js";
import type { BoxRef, Context } from "../context.js";
import { SIGKILL } from "../../host/signals.js";
import { resolveBox } from "./resolve.js";

/**
 * Sends a signal to the program of a box. SIGKILL ends the box, and this waits until it has ended.
 * @throws BoxError no-such-box, ambiguous-id, not-running
 */
export async function kill(context: Context, ref: BoxRef, unixSignal = SIGKILL): Promise<void> {
  await signalBox(context.home, await resolveBox(context, ref), unixSignal);
}
