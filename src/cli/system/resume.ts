import type { Command } from "commander";
import { parseRestart } from "../../config/syntax/restart.js";
import { readableBoxes, type Box } from "../../vm/box/find.js";
import { startBox } from "../../engine/boxes/start.js";
import { printLine, printWarning, reportError } from "../output/print.js";
import { awaitStart } from "../terminal.js";
import { currentHome } from "../store.js";

/** Those that a restart of Docker's daemon would start: `unless-stopped` remembers that a command stopped the box. */
function isWanted({ record, state }: Box): boolean {
  const { policy } = parseRestart(record.options.restart);
  if (state.status !== "exited") return false;
  return policy === "always" || (policy === "unless-stopped" && state.stopped !== true);
}

export function addResume(resume: Command, exit: (code: number) => void): void {
  resume
    .addHelpText(
      "after",
      "\nStarts boxes made with --restart always, and those with unless-stopped that nobody had stopped. For the start of\na host; see `box system enable`.",
    )
    .action(async () => {
      const codes = await Promise.all(
        (await readableBoxes(currentHome(), printWarning)).filter(isWanted).map(async (box) => {
          try {
            await awaitStart(await startBox(currentHome(), box, printWarning));
            printLine(box.record.name);
            return 0;
          } catch (error) {
            reportError(error, false);
            return 1;
          }
        }),
      );
      exit(Math.max(0, ...codes));
    });
}
