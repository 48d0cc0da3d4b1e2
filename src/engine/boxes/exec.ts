import { connectTo } from "../../vm/box/connect.js";
import { reachMonitor } from "../../vm/box/reach.js";
import type { BoxRef, Context } from "../context.js";
import { openSession, type ExecProgram, type Session } from "./session.js";

export interface ExecOptions {
  /** Leaves the session, as `detach` does; the program goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs a program in a running box, beside its workload. It goes on when the session is detached or its process ends; one
 * with a terminal gets SIGHUP then.
 * @throws BoxError no-such-box, ambiguous-id, not-running
 */
export async function exec(
  { home }: Context,
  ref: BoxRef,
  program: ExecProgram,
  { signal }: ExecOptions = {},
): Promise<Session> {
  const socket = await (typeof ref === "string" ? reachMonitor(home, ref) : connectTo(home, ref));
  return openSession(socket, { op: "exec", program }, signal);
}
