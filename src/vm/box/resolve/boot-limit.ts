import { quote } from "../../../config/syntax/quote.js";
import { BoxError } from "../../../errors.js";
import { timerMs } from "../../../host/timer.js";

/**
 * Parses `BOX_BOOT_LIMIT`: how long a boot may show no sign of life.
 * @returns milliseconds; undefined if it is not set
 * @throws BoxError invalid-boot-limit
 */
export function bootLimitMs(text = ""): number | undefined {
  if (text === "") return undefined;
  const seconds = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return timerMs(Math.ceil(seconds * 1000));
  throw new BoxError("invalid-boot-limit", `BOX_BOOT_LIMIT: ${quote(text)} is not a number of seconds`, {
    hint: "write a number greater than 0, or unset it",
  });
}
