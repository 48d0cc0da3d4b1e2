import { findBox, type Box } from "../../vm/box/find.js";
import type { BoxRef, Context } from "../context.js";

/** @throws BoxError no-such-box, ambiguous-id */
export async function resolveBox({ home }: Context, box: BoxRef): Promise<Box> {
  return typeof box === "string" ? findBox(home, box) : box;
}
