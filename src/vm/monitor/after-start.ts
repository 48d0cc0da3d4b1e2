import { templatesFolder, type Home } from "../../host/home.js";
import type { VmStart } from "../protocol/control/launch-request.js";
import { noteStart } from "../template/last-start.js";
import { makeTemplate } from "../template/make.js";
import { log } from "./log.js";

const FAILED = "the template did not work";

/**
 * Does in the background what follows the start of a VM: notes how it started, and has a template made for the next VM of
 * this kind, by another process.
 * @param id the box's
 * @param failed whether a template was to be used, but did not work
 */
export async function afterStart(
  home: Home,
  id: string,
  { thaw, booted, making }: VmStart,
  failed: boolean,
): Promise<void> {
  const reason = thaw && !failed ? undefined : (booted ?? FAILED);
  const note = { at: new Date().toISOString(), box: id };
  try {
    await noteStart(templatesFolder(home), reason === undefined ? note : { ...note, booted: reason });
    const folder = reason !== undefined && making && (await makeTemplate(making, home.env));
    if (typeof folder === "string") log("info", `making the template ${folder}`);
  } catch (error) {
    log("warn", `cannot make a template: ${String(error)}`);
  }
}
