import { BoxError } from "../errors.js";
import { quote } from "./quote.js";
import { parseSize } from "./size.js";

/**
 * Parses `--log-opt NAME=VALUE`: `max-size` (a size) and `max-file` (a number) are known.
 * @throws BoxError invalid-log-opt, invalid-size
 */
export function parseLogOpt(text: string): [string, string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0));
  const value = text.slice(equals + 1);
  if (name === "max-size" && parseSize(value, "--log-opt max-size") > 0) return [name, value];
  if (name === "max-file" && /^[1-9]\d{0,3}$/.test(value)) return [name, value];
  throw new BoxError("invalid-log-opt", `--log-opt: ${quote(text)} is not an option of the log`, {
    hint: "max-size=SIZE and max-file=NUMBER are known",
  });
}
