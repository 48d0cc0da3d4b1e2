import { checkTotal, checkWords, tooLong } from "../../config/spec/strings.js";
import { connect } from "../../vm/box/connect.js";
import { connectByName } from "../../vm/box/connect-by-name.js";
import { fits } from "../../vm/protocol/control/wire.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";
import { checkSidecar } from "./sidecar.js";
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
  /** Runs the program beside that of the box's sidecar, with its files. */
  sidecar?: boolean | undefined;
  /** Leaves the session, like `detach`; the program keeps running. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs a program in a running box, in addition to its workload. It keeps running if the session is detached or this
 * process ends; a program with a terminal then receives SIGHUP.
 * @throws BoxError no-such-box, ambiguous-id, not-running, invalid-string, no-sidecar
 */
export async function exec(
  context: Context,
  ref: BoxRef,
  program: ExecProgram,
  { sidecar = false, signal }: ExecOptions = {},
): Promise<Session> {
  const { home } = context;
  check(program);
  if (sidecar) {
    const box = await resolveBox(context, ref);
    checkSidecar(box.record);
    return openSession(await connect(home, box), { op: "exec", program, sidecar }, signal);
  }
  const socket = await (typeof ref === "string" ? connectByName(home, ref) : connect(home, ref));
  return openSession(socket, { op: "exec", program }, signal);
}
