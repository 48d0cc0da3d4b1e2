import type { Socket } from "node:net";
import { SIGKILL } from "../../host/signals.js";
import type { Outbox } from "./outbox.js";
import type { Session, SessionEvents } from "./session.js";

/** Maximum length of an error message from the agent, in characters. */
const MOST_MESSAGE = 1000;

/** Forwards a tar from the agent to the command that requested it, at the pace of the command. */
export function sendArchive(
  socket: Socket,
  out: Outbox,
  open: (events: SessionEvents) => Session | undefined,
): void {
  let stderr = "";
  const end = (failure?: string) =>
    out.tell({ event: "archived", ...(failure === undefined ? {} : { failure }) });
  const session = open({
    onOutput: (stream, data, acknowledge) => {
      // Once the command has disconnected, the agent's process is killed and further output is discarded.
      if (stream === "stdout") return out.output(stream, data, acknowledge);
      if (stderr.length < MOST_MESSAGE) stderr = (stderr + data.toString()).slice(0, MOST_MESSAGE);
      acknowledge(data.length);
    },
    onExit: ({ code, signal }) => {
      socket.off("close", cancel);
      end(code === 0 && signal === undefined ? undefined : stderr.trim() || "the agent's process was killed");
    },
    onFailure: ({ message }) => end(message),
  });
  function cancel(): void {
    session?.signal(SIGKILL);
  }
  if (session) socket.once("close", cancel);
}
