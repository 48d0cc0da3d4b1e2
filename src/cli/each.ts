import type { Box, Survey, UnreadableBox } from "../engine/boxes.js";
import { isEnding } from "./ending.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";
import { reportForBox } from "./output/report.js";

/**
 * Does the same to several boxes at once, as Docker's commands do: each name is printed when it is done, a failure
 * does not keep the others from it.
 * @param find looks for one of them
 * @returns 1 when one of them failed
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

/** Does the same to several boxes. @returns 1 when one of them failed */
export function forEachBox(names: string[], act: (box: Box) => Promise<void>): Promise<number> {
  return forEach(names, engine().boxes.find, act);
}

/** As `forEachBox`, boxes of newer versions of box included. */
export function forEachMatch(
  names: string[],
  act: (box: Box | UnreadableBox) => Promise<void>,
): Promise<number> {
  return forEach(names, engine().boxes.match, act);
}

/**
 * Does the same to one after the other, as Docker's commands do: a failure does not keep the others from it.
 * @returns 1 when one of them failed
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
