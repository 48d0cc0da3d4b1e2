import type { Box, Survey, UnreadableBox } from "../engine/boxes.js";
import { isEnding } from "./ending.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";
import { reportForBox } from "./output/report.js";

/**
 * Applies an action to several boxes concurrently, as Docker's commands do: prints each name when its action is done;
 * a failure does not stop the others.
 * @param find finds a box by name
 * @returns 1 if any failed, otherwise 0
 */
async function forEach<T>(
  names: string[],
  find: (name: string, survey: Promise<Survey>) => Promise<T>,
  act: (box: T) => Promise<void>,
): Promise<number> {
  const survey = engine().boxes.survey();
  const codes = await Promise.all(
    names.map(async (name) => {
      try {
        await act(await find(name, survey));
        printLine(name);
        return 0;
      } catch (error) {
        if (isEnding()) throw error;
        await reportForBox(error, false);
        return 1;
      }
    }),
  );
  return Math.max(...codes);
}

/** Applies an action to several boxes. @returns 1 if any failed, otherwise 0 */
export function forEachBox(names: string[], act: (box: Box) => Promise<void>): Promise<number> {
  return forEach(names, engine().boxes.find, act);
}

/** As `forEachBox`, but includes boxes of newer versions of box. */
export function forEachMatch(
  names: string[],
  act: (box: Box | UnreadableBox) => Promise<void>,
): Promise<number> {
  return forEach(names, engine().boxes.match, act);
}

/**
 * Applies an action to several names in order, as Docker's commands do: a failure does not stop the others.
 * @returns 1 if any failed, otherwise 0
 */
export async function forEachName(names: string[], act: (name: string) => Promise<void>): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await act(name);
    } catch (error) {
      if (isEnding()) throw error;
      await reportForBox(error, false);
      code = 1;
    }
  }
  return code;
}
