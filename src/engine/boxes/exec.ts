import { checkTotal, checkWords, tooLong } from "../../config/spec/strings.js";
import { connect } from "../../vm/box/connect.js";
import { connectByName } from "../../vm/box/connect-by-name.js";
import { fits } from "../../vm/protocol/control/wire.js";
import type { BoxRef, Context } from "../context.js";
import { openSession, type ExecProgram, type Session } from "./session.js";

/** Refuses a program that can never be started, before contacting the box. @throws BoxError invalid-string */
function check(program: ExecProgram): void {
  checkWords(program.argv);
  checkWords(program.env);
  checkTotal([...program.argv, ...program.env]);
  if (!fits({ op: "exec", program }))
    throw tooLong("arguments and variables are too long to send to the box");
}

export interface ExecOptions {
  /** Leaves the session, like `detach`; the program keeps running. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs a program in a running box, in addition to its workload. It keeps running if the session is detached or this
 * process ends; a program with a terminal then receives SIGHUP.
 * @throws BoxError no-such-box, ambiguous-id, not-running, invalid-string
 */
export async function exec(
  { home }: Context,
  ref: BoxRef,
  program: ExecProgram,
  { signal }: ExecOptions = {},
): Promise<Session> {
  check(program);
  const socket = await (typeof ref === "string" ? connectByName(home, ref) : connect(home, ref));
  return openSession(socket, { op: "exec", program }, signal);
}
