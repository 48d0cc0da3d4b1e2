import { BoxError } from "../../errors.js";
import type { Box } from "../../vm/box/find.js";

/** @throws BoxError paused */
export function refusePaused({ record, state }: Box): void {
  if (state.paused !== true) return;
  const hint = `\`box unpause ${record.name}\` lets it go on`;
  throw new BoxError("paused", `box ${record.name} is paused`, { hint });
}
