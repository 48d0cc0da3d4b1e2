import type { Box, Survey, UnreadableBox } from "../engine/boxes.js";
import { BoxError } from "../errors.js";
import { isEnding } from "./ending.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";
import { reportForBox } from "./output/report.js";

export interface EachOptions {
  /** Code of an error that is printed but does not fail the command, as with `rm -f NOSUCH`. */
  tolerated?: string | undefined;
}

/** Prints an error. @returns the exit code for it @throws the error if this command is ending */
async function reportOne(error: unknown, { tolerated }: EachOptions): Promise<0 | 1> {
  if (isEnding()) throw error;
  await reportForBox(error, false);
  return error instanceof BoxError && error.code === tolerated ? 0 : 1;
}

/**
 * Applies an action to several boxes concurrently, as Docker's commands do: prints the names in the order given, each
 * when its action and those before it are done; a failure does not stop the others.
 * @param find finds a box by name
 * @returns 1 if any failed, otherwise 0
 */
async function forEach<T>(
  names: string[],
  find: (name: string, survey: Promise<Survey>) => Promise<T>,
  act: (box: T) => Promise<void>,
  options: EachOptions = {},
): Promise<number> {
  const survey = engine().boxes.survey();
  const results = names.map(async (name) => {
    try {
      await act(await find(name, survey));
      return { name };
    } catch (error) {
      return { error };
    }
  });
  let code = 0;
  for (const pending of results) {
    const result = await pending;
    if (result.name === undefined) code = Math.max(code, await reportOne(result.error, options));
    else printLine(result.name);
  }
  return code;
}

/** Applies an action to several boxes. @returns 1 if any failed, otherwise 0 */
export function forEachBox(names: string[], act: (box: Box) => Promise<void>): Promise<number> {
  return forEach(names, engine().boxes.find, act);
}

/** As `forEachBox`, but includes boxes of newer versions of box. */
export function forEachMatch(
  names: string[],
  act: (box: Box | UnreadableBox) => Promise<void>,
  options?: EachOptions,
): Promise<number> {
  return forEach(names, engine().boxes.match, act, options);
}

/**
 * Applies an action to several names in order, as Docker's commands do: a failure does not stop the others.
 * @returns 1 if any failed, otherwise 0
 */
export async function forEachName(
  names: string[],
  act: (name: string) => Promise<void>,
  options: EachOptions = {},
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await act(name);
    } catch (error) {
      code = Math.max(code, await reportOne(error, options));
    }
  }
  return code;
}
