import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export type NetworkMode = "tsi" | "bridge" | "none";

export interface Network {
  mode: NetworkMode;
  /** Named network of a bridge; undefined: the box has a bridge of its own. */
  name?: string;
}

/**
 * Parses `--network`: tsi, bridge, bridge:NAME or none.
 * @throws BoxError invalid-network
 */
export function parseNetwork(text: string): Network {
  const [mode = "", name, ...more] = text.split(":");
  const known = mode === "tsi" || mode === "bridge" || mode === "none";
  const named = name !== undefined;
  if (
    !known ||
    more.length > 0 ||
    (named && (mode !== "bridge" || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)))
  ) {
    throw new BoxError("invalid-network", `${quote(text)} is not a valid network mode`, {
      hint: "use tsi, bridge, bridge:NAME or none",
    });
  }
  return { mode, ...(named ? { name } : {}) };
}
