import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import { failureOf } from "../protocol/control/client.js";
import { NO_SUCH_PATH, type TarCopy } from "../protocol/guest/messages.js";
import { feedSession, readSession, type SessionResult } from "./conversation.js";

function failed(why: string): BoxError {
  return new BoxError("copy-failed", why);
}

/** @throws BoxError unless the session succeeded */
function check({ ending, said }: SessionResult): void {
  if (ending?.event === "failed") throw failureOf(ending);
  if (ending?.event !== "exited") throw failed("the box exited before the copy was complete");
  if (ending.exitCode === NO_SUCH_PATH) throw new BoxError("no-such-path", said.trim());
  if (ending.exitCode !== 0) throw failed(said.trim() || "the copy in the box was killed");
}

/**
 * Streams a tar of files from a box.
 * @param socket a connection of its own, which is closed at the end
 * @throws BoxError no-such-path, copy-failed
 */
export async function* readCopy(socket: Socket, copy: TarCopy): AsyncGenerator<Buffer> {
  check(yield* readSession(socket, copy));
}

/**
 * Extracts a tar in a box.
 * @param socket a connection of its own, which is closed at the end
 * @throws BoxError no-such-path, copy-failed; errors of `content`
 */
export async function writeCopy(
  socket: Socket,
  copy: TarCopy,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  check(await feedSession(socket, copy, content));
}
