import { setTimeout } from "node:timers/promises";
import { templatesFolder, type Home } from "../../host/home.js";
import type { VmStart } from "../protocol/control/launch-request.js";
import { noteStart } from "../template/last-start.js";
import { makeTemplate } from "../template/make.js";
import { log } from "./log.js";

const FAILED = "the template did not work";

/** How long a box's program has the processors to itself before a template is made, in milliseconds. */
const HEAD_START_MS = 1000;

/**
 * Does in the background what follows the start of a box's program: notes how the VM started, and has a template made for
 * the next VM of this kind, by another process.
 * @param id the box's
 * @param failed whether a template was to be used, but did not work
 * @param ended resolves at the end of the box, after which nobody waits for it
 */
export async function afterStart(
  home: Home,
  id: string,
  { thaw, booted, making }: VmStart,
  failed: boolean,
  ended: Promise<unknown>,
): Promise<void> {
  const reason = thaw && !failed ? undefined : (booted ?? FAILED);
  const note = { at: new Date().toISOString(), box: id };
  try {
    await noteStart(templatesFolder(home), reason === undefined ? note : { ...note, booted: reason });
    if (reason === undefined || !making) return;
    await Promise.race([ended, setTimeout(HEAD_START_MS)]);
    const folder = await makeTemplate(making, home.env);
    if (folder !== undefined) log("info", `making the template ${folder}`);
  } catch (error) {
    log("warn", `cannot make a template: ${String(error)}`);
  }
}
