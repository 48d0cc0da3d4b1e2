import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export type NetworkMode = "tsi" | "bridge" | "none";

export interface Network {
  mode: NetworkMode;
  /** Named network of a bridge; undefined: the box has a bridge of its own. */
  name?: string;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Returns a hint, also for people who expect Docker's modes. */
function hintFor(text: string): string {
  const modes = "use tsi, bridge, bridge:NAME or none";
  if (text === "host") return `${modes}; a box has a network of its own, whose ports can be published`;
  return NAME.test(text) && text.length < 64 ? `${modes}; the network ${text} is bridge:${text}` : modes;
}

/**
 * Parses `--network`: tsi, bridge, bridge:NAME or none.
 * @throws BoxError invalid-network
 */
export function parseNetwork(text: string): Network {
  if (text === "") throw new BoxError("invalid-network", "no name set for network", { hint: hintFor(text) });
  const [mode = "", name, ...more] = text.split(":");
  const known = mode === "tsi" || mode === "bridge" || mode === "none";
  const named = name !== undefined;
  if (!known || more.length > 0 || (named && (mode !== "bridge" || !NAME.test(name)))) {
    throw new BoxError("invalid-network", `${quote(text)} is not a valid network mode`, {
      hint: hintFor(text),
    });
  }
  return { mode, ...(named ? { name } : {}) };
}
