import { BoxError } from "../../errors.js";
import type { Box } from "../../vm/box/find.js";

/** @throws BoxError paused */
export function refusePaused({ record, state }: Box): void {
  if (state.paused !== true) return;
  throw new BoxError("paused", `box ${record.name} is paused`, {
    hint: "unpause it first",
    detail: { box: record.name },
  });
}
