import { BoxError } from "../../errors.js";
import { checkName, withoutSlash } from "../../vm/box/name.js";
import { renameBox } from "../../vm/box/rename.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** @throws BoxError invalid-name, no-such-box, ambiguous-id, name-in-use */
export async function rename(context: Context, ref: BoxRef, to: string): Promise<void> {
  if (to === "") throw new BoxError("invalid-name", "Neither old nor new names may be empty");
  const box = await resolveBox(context, ref);
  const name = withoutSlash(to);
  if (name === box.record.name)
    throw new BoxError("invalid-name", "Renaming a container with the same name as its current name");
  checkName(name);
  await renameBox(context.home, box, name, context.warn);
}
