import { BoxError } from "../../errors.js";
import type { Box } from "../../vm/box/find.js";

/** @param reason in Docker's words @throws BoxError paused */
export function refusePaused({ record, state }: Box, reason: string): void {
  if (state.paused !== true) return;
  throw new BoxError("paused", reason, {
    hint: "unpause it first",
    detail: { box: record.name },
  });
}
