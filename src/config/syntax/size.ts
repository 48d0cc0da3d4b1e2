import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/**
 * Parses a size as Docker's go-units does (`512m`, `1.5g`, `64MiB`): units are powers of 1024, plain numbers bytes.
 * @returns bytes, rounded down.
 * @throws BoxError invalid-size
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,20}\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  const bytes = match && unit !== undefined ? Math.floor(Number(match[1]) * unit) : NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new BoxError("invalid-size", `${quote(text)} is not a valid size`, {
      hint: "write a number with a unit, such as 512m or 1.5g",
    });
  }
  return bytes;
}
