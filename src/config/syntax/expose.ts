import { BoxError } from "../../errors.js";
import { parsePort } from "./port.js";
import { quote } from "./quote.js";

const HINT = "write PORT[-PORT][/PROTOCOL]; publish it to give it a port of this host";

/**
 * Parses ports of a box that are not published: `80`, `53/udp`, `8000-8010/tcp`.
 * @returns `80/tcp` …
 * @throws BoxError invalid-port
 */
export function parseExposed(text: string): string[] {
  if (text.includes(":"))
    throw new BoxError("invalid-port", `${quote(text)} is not a port of a box`, { hint: HINT });
  try {
    return parsePort(text).map(({ guestPort, protocol }) => `${guestPort}/${protocol}`);
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    throw new BoxError(error.code, error.reason, { hint: HINT, cause: error });
  }
}
