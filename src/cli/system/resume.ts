import type { Command } from "commander";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { printLine } from "../output/print.js";
import { reportForBox } from "../output/report.js";

export function addResume(resume: Command, exit: (code: number) => void): void {
  resume
    .addHelpText(
      "after",
      "\nStarts boxes made with --restart always, and those with unless-stopped that nobody had stopped. For the start of\na host; see `box system enable`.",
    )
    .action(async () => {
      for await (const { name, error } of engine().boxes.resume({ signal: untilEnded() })) {
        if (error === undefined) printLine(name);
        else {
          await reportForBox(error, false);
          exit(1);
        }
      }
    });
}
