import { checkName, withoutSlash } from "../../vm/box/name.js";
import { renameBox } from "../../vm/box/rename.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** @throws BoxError invalid-name, no-such-box, ambiguous-id, name-in-use */
export async function rename(context: Context, ref: BoxRef, to: string): Promise<void> {
  const name = withoutSlash(to);
  checkName(name);
  await renameBox(context.home, await resolveBox(context, ref), name);
}
