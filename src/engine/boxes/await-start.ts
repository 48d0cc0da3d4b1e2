import { BoxError } from "../../errors.js";
import { follow, type Ending } from "../../vm/protocol/control/client.js";
import type { Context, Conversation } from "../context.js";

/** @throws BoxError when the box failed, or ended before its program ran, and says why */
function checkEnding({ warn }: Context, ending: Ending): void {
  if (ending.event === "failed") {
    const { code, message, hint, exitCode } = ending;
    throw new BoxError(code, message, { exitCode, ...(hint === undefined ? {} : { hint }) });
  }
  if (ending.reason !== undefined) warn(ending.reason);
}

/**
 * Waits until the program of a box runs, and ends the conversation.
 * @param signal gives up waiting; the box goes on starting
 * @throws BoxError when it could not start
 */
export async function awaitStart(
  context: Context,
  conversation: Conversation,
  signal?: AbortSignal,
): Promise<void> {
  const end = () => conversation.destroy();
  signal?.addEventListener("abort", end);
  try {
    signal?.throwIfAborted();
    const ended = new Promise<Ending | undefined>((resolve, reject) => {
      const onStarted = (what: "workload" | "program") =>
        what === "workload" ? resolve(undefined) : undefined;
      follow(conversation, { onStarted }).then(resolve, reject);
    });
    const ending = await ended.catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    if (ending) checkEnding(context, ending);
  } finally {
    signal?.removeEventListener("abort", end);
    end();
  }
}
