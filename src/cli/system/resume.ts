import type { Command } from "commander";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { explain } from "../help/notes.js";
import { printLine } from "../output/print.js";
import { reportForBox } from "../output/report.js";

export function addResume(resume: Command, exit: (code: number) => void): void {
  explain(resume, {
    text: [
      "Starts the boxes created with --restart always, and those with unless-stopped that no command had stopped. Meant to run when a host starts; see `box system enable`.",
    ],
  }).action(async () => {
    for await (const { name, error } of engine().boxes.resume({ signal: untilEnded() })) {
      if (error === undefined) printLine(name);
      else {
        await reportForBox(error, false);
        exit(1);
      }
    }
  });
}
