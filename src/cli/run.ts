import { Command } from "commander";
import { takeAskedPlan } from "../engine/plan/asked.js";
import { BoxError } from "../errors.js";
import type { BoxFlags, Stream } from "./flags/given.js";
import { addDetachFlag } from "./flags/box-flags.js";
import { addDetachKeys, addSigProxy, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { explain, type Notes } from "./help/notes.js";
import { attach } from "./terminal.js";
import { catchSignals, type Signals } from "./terminal/signals.js";
import { restoreSignals, untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addCreateArguments, dryRun, requestOf, withOutput } from "./create-request.js";
import { printLine, printWarning } from "./output/print.js";

const NOTES: Notes = {
  text: [
    "Flags may come before the image or directly after it. The first word after the image that is not a flag of box with a valid value starts the command, and everything from there on belongs to the program; `--` ends the flags explicitly.",
    "Exit status: that of the program; 128+N if signal N killed it, 127 if it was not found, 126 if it cannot be executed, 125 if box itself failed.",
  ],
  examples: [
    ["box run -it --rm alpine", "a shell on this terminal"],
    ["box run nginx:alpine -p 8080:80", "publish port 80 of the box as 8080"],
    ['box run --rm -v "$PWD":/src:ro alpine ls /src', "share a directory, read-only"],
    ["echo hello | box run -i --rm busybox sha256sum", "feed its standard input"],
    ["box run -d --name db -e POSTGRES_PASSWORD=x postgres", "in the background"],
  ],
};

/** The output that `-a` asks for; all of it without the flag. */
function shownOf(streams: readonly Stream[] = ["stdout", "stderr"]): ReadonlySet<"stdout" | "stderr"> {
  return new Set(streams.filter((stream) => stream !== "stdin"));
}

/** Only people read this: the stderr of a script is the program's. */
function warnOfMiss(pool: string, reason: string): void {
  if (process.stderr.isTTY)
    printWarning(`pool ${pool} has no VM for this box, which boots one of its own: ${reason}`);
}

export function command(exit: (code: number) => void): Command {
  const command = addCreateArguments(addDetachFlag(explain(new Command("run"), NOTES))).optionsGroup("Box:");
  return addSigProxy(addDetachKeys(command)).action(
    async (image: string | undefined, words: string[], flags: BoxFlags & AttachmentFlags) => {
      const plan = takeAskedPlan(process.env);
      const { detach = false } = flags;
      if (detach && flags.attach !== undefined)
        throw new BoxError("usage", "conflicting options: cannot specify both --attach and --detach");
      let signals: Signals | undefined;
      const onMiss = (reason: string) => warnOfMiss(request.spec.pool.name, reason);
      const request = await requestOf("run", image, words, flags);
      const { stdin, tty } = request.options;
      const detachKeys = !detach ? await detachKeysOf(flags, { tty, stdin }) : undefined;
      if (flags.dryRun) return dryRun(request, flags, true);
      const box = await withOutput(
        flags,
        (options) => {
          const attach = detach ? undefined : { stdin };
          return engine().boxes.run(request, { ...options, onMiss, plan, attach, signal: untilEnded() });
        },
        // Until the program starts, a signal ends this command; afterwards it is forwarded to the program.
        () => {
          if (detach || flags.sigProxy === false) return;
          signals = catchSignals();
          restoreSignals();
        },
        request.options.autoRemove ? undefined : (id) => (detach ? printLine(id) : undefined),
      );
      if (!detach) {
        const shown = shownOf(flags.attach);
        const code = await attach(box.attach({ stdin }), { stdin, tty, detachKeys, signals, shown });
        // As in Docker, a command that shows no output prints the ID once its stdin has been sent.
        if (shown.size > 0) return exit(code);
        return printLine(box.id);
      }
      // As in Docker, even if its program cannot be started.
      printLine(box.id);
      await box.started(untilEnded());
    },
  );
}
