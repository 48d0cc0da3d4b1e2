import { BoxError } from "../../errors.js";

/** `BOX[:MODE]`, a box whose volumes another one gets. */
export interface VolumesFrom {
  /** Its name or ID. */
  box: string;
  readOnly: boolean;
}

/** Options of a mode, of which there may be one of each group. Only `ro` has an effect, as with Docker on Linux. */
const GROUPS = [
  ["ro", "rw"],
  ["z", "Z"],
  ["cached", "delegated", "consistent"],
];

function refuse(reason: string): BoxError {
  return new BoxError("invalid-volume", reason, { hint: "write BOX[:ro]" });
}

/** @throws BoxError invalid-volume */
export function parseVolumesFrom(text: string): VolumesFrom {
  if (text === "") throw refuse("volumes-from specification cannot be an empty string");
  const colon = text.indexOf(":");
  const box = colon < 0 ? text : text.slice(0, colon);
  const mode = colon < 0 ? "" : text.slice(colon + 1);
  const options = mode === "" ? [] : mode.split(",");
  const groups = options.map((option) => GROUPS.find((group) => group.includes(option)));
  if (groups.includes(undefined) || new Set(groups).size < groups.length)
    throw refuse(`invalid mode: ${mode}`);
  return { box, readOnly: options.includes("ro") };
}
