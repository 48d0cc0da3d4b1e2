import { BoxError } from "../../errors.js";
import { readFloat64 } from "./float.js";
import { quote } from "./quote.js";

const UNITS: Record<string, number> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** The largest size in Docker, which counts bytes in 64 bits, is less than this. */
const LIMIT = 2 ** 63;

/**
 * Parses a size as Docker's go-units does (`512m`, `1.5g`, `64MiB`, `1e9`): units are powers of 1024, plain numbers bytes.
 * Sizes of 2^53 bytes and more are rounded to a double, also in Docker.
 * @returns bytes, rounded down.
 * @throws BoxError invalid-size
 */
export function parseSize(text: string): number {
  const [, digits = "", suffix = ""] = /^([^]*[0-9.]) ?([^0-9. ]*)$/.exec(text) ?? [];
  const unit = /^(?:b|([kmgtp])(?:i?b)?)?$/i.exec(suffix);
  const bytes = Math.floor(readFloat64(digits) * (UNITS[unit?.[1]?.toLowerCase() ?? ""] ?? 1));
  if (unit === null || !(bytes >= 0 && bytes < LIMIT)) {
    throw new BoxError("invalid-size", `${quote(text)} is not a valid size`, {
      hint: "write a number with a unit, such as 512m or 1.5g",
    });
  }
  return bytes;
}
