import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { awaitMonitor, awaitVisit, connectTo } from "./connect.js";
import type { Box } from "./find.js";

/** Begins a conversation with whoever can reach the files of a box; several may be held at a time. */
export type Connect = () => Promise<Socket>;

/** What is to be done with the files of a box. */
export type Purpose = "read" | "write";

/** Between two tries to be the one that has a box, in milliseconds, and how many of them. */
const LOOK_MS = 50;
const TRIES = 200;

/**
 * Reaches the files of a box through the agent of its running VM, or else of one that is started for this alone, with
 * nothing of the box's own in it (../visit.ts). Whoever else wants the box waits meanwhile.
 * @throws BoxError as `visit`, and what `use` throws
 */
export async function withFiles<T>(
  box: Box,
  purpose: Purpose,
  use: (connect: Connect) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const monitor = await awaitMonitor(box);
    monitor?.destroy();
    if (monitor) return use(() => connectTo(box));
    await awaitVisit(box);
    try {
      const { visit } = await import("../visit.js");
      return await visit(box, purpose, use);
    } catch (error) {
      // Another command was a moment faster, and can soon be waited for.
      if (!(error instanceof BoxError) || error.code !== "box-running" || tries === TRIES) throw error;
      await setTimeout(LOOK_MS);
    }
  }
}
