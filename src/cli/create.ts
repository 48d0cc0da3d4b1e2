import { Command } from "commander";
import { BoxError } from "../errors.js";
import type { BoxFlags } from "./flags/given.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { addCreateArguments, dryRun, requestOf, withOutput } from "./create-request.js";
import { printLine } from "./output/print.js";

const NOTES: Notes = {
  text: ["Takes the flags of `box run`; `box start` starts the box."],
  examples: [
    ["box create --name web -p 8080:80 nginx:alpine"],
    ['box create --name dev -v "$PWD":/src debian sleep infinity'],
  ],
};

export function command(): Command {
  return addCreateArguments(explain(new Command("create"), NOTES)).action(
    async (image: string | undefined, words: string[], flags: BoxFlags) => {
      const request = await requestOf("create", image, words, flags);
      // A file may serve `box run`, too.
      if (flags.pool !== undefined && request.spec.pool.enabled)
        throw new BoxError("invalid-pool", "only `box run` uses the VM of a pool", { subject: "pool" });
      if (flags.dryRun) return dryRun(request, flags, false);
      const { id } = await withOutput(flags, (options) =>
        engine().boxes.create(request, { ...options, signal: untilEnded() }),
      );
      printLine(id);
    },
  );
}
