import { connect } from "../../vm/box/connect.js";
import type { BoxRef, Context } from "../context.js";
import { joinWorkload, type AttachOptions } from "./join.js";
import { refusePaused } from "./paused.js";
import { resolveBox } from "./resolve.js";
import type { Session } from "./session.js";

/**
 * Attaches to the workload of a running box.
 * @throws BoxError no-such-box, ambiguous-id, paused, not-running
 */
export async function attach(context: Context, ref: BoxRef, options?: AttachOptions): Promise<Session> {
  const box = await resolveBox(context, ref);
  refusePaused(box, "You cannot attach to a paused container, unpause it first");
  const monitor = await connect(
    context.home,
    box,
    "You cannot attach to a stopped container, start it first",
  );
  return joinWorkload(monitor, box.record, options);
}
