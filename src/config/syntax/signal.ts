import { constants } from "node:os";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Real-time signals as numbered by the C library (signal(7)). */
const RTMIN = 34;
const RTMAX = 64;

function find(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  // ASCII only: the upper case of ſ would be S.
  const name = /^[a-zA-Z0-9+-]{1,12}$/.test(text) ? text.toUpperCase().replace(/^SIG/, "") : "";
  const realTime = /^RT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
  if (realTime) {
    const number = name.startsWith("RTMIN")
      ? RTMIN + Number(realTime[1] ?? 0)
      : RTMAX - Number(realTime[2] ?? 0);
    return number >= RTMIN && number <= RTMAX ? number : undefined;
  }
  return Object.entries(constants.signals).find(([key]) => key === `SIG${name}`)?.[1];
}

/**
 * Returns the number of a signal given by name (`TERM`, `SIGTERM`, `SIGRTMIN+3`) or number.
 * @throws BoxError invalid-signal
 */
export function parseSignal(text: string): number {
  const number = find(text);
  if (number !== undefined && number >= 1 && number <= RTMAX) return number;
  throw new BoxError("invalid-signal", `${quote(text)} is not a signal`, {
    hint: "write a name such as TERM or SIGHUP, or a number from 1 to 64",
  });
}
