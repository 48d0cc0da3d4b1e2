import type { Socket } from "node:net";
import { SIGKILL } from "../../host/signals.js";
import type { Outbox } from "./outbox.js";
import type { Session, SessionEvents } from "./session.js";

/** Of what the agent says about a failure. */
const MOST_WORDS = 1000;

/** Carries a tar that the agent writes to the command that asked for it, at the pace at which that takes it. */
export function sendArchive(
  socket: Socket,
  out: Outbox,
  open: (events: SessionEvents) => Session | undefined,
): void {
  let said = "";
  const end = (failure?: string) =>
    out.tell({ event: "archived", ...(failure === undefined ? {} : { failure }) });
  const session = open({
    onOutput: (stream, data, acknowledge) => {
      // When the command is gone, the agent's process is being killed: what it still writes goes nowhere.
      if (stream === "stdout") return out.output(stream, data, acknowledge);
      if (said.length < MOST_WORDS) said = (said + data.toString()).slice(0, MOST_WORDS);
      acknowledge(data.length);
    },
    onExit: ({ code, signal }) => {
      socket.off("close", cancel);
      end(code === 0 && signal === undefined ? undefined : said.trim() || "the agent's process was killed");
    },
    onFailure: ({ message }) => end(message),
  });
  function cancel(): void {
    session?.signal(SIGKILL);
  }
  if (session) socket.once("close", cancel);
  else end("the box is not running a program yet, or too many");
}
