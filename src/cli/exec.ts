import { Command } from "commander";
import { writeEnv } from "../config/syntax/env.js";
import { exitCodeOf } from "./exit-code.js";
import { EXIT_BOX } from "../config/exit-codes.js";
import { reportForBox } from "./output/report.js";
import { engine } from "./engine.js";
import { addDetachKeys, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { explain, type Notes } from "./help/notes.js";
import { attach, awaitStart } from "./terminal.js";
import { terminalSize } from "./terminal/forward.js";
import { catchSignals } from "./terminal/signals.js";
import type { Line } from "./flags/lines.js";
import { PROGRAM_FLAGS } from "../config/program-flags.js";
import { addLines } from "./flags/options.js";
import { fieldsOf } from "./flags/read.js";

interface ExecFlags extends AttachmentFlags {
  detach?: boolean;
  interactive?: boolean;
  tty?: boolean;
  privileged?: boolean;
  sidecar?: boolean;
}

/** The fields that flags set. They are listed here because the schema is not loaded. */
export const LINES: readonly Line[] = [
  { ...PROGRAM_FLAGS.stdin, path: "record.stdin" },
  { ...PROGRAM_FLAGS.tty, path: "record.tty" },
  { ...PROGRAM_FLAGS.env, path: "extraEnv", list: true },
  { ...PROGRAM_FLAGS.workdir, path: "record.workdir" },
  { ...PROGRAM_FLAGS.user, path: "record.user" },
  { ...PROGRAM_FLAGS.envFile, path: "extraEnv", list: true },
];

const NOTES: Notes = {
  text: [
    "The command inherits the variables, working directory, user and limits of the box unless flags say otherwise. It ends with the box, and keeps running if this command is killed; with -t, its terminal hangs up then. Ctrl-p ctrl-q detaches from it.",
    "The exit status is the same as for `box run`.",
  ],
  examples: [
    ["box exec -it web sh", "a shell in a running box"],
    ["box exec web cat /etc/nginx/nginx.conf"],
    ["box exec -i db psql -U postgres < dump.sql"],
    ["box exec -u nobody -w /tmp -e LEVEL=3 web sh -c 'id; pwd'"],
  ],
};

export function command(exit: (code: number) => void): Command {
  const exec = explain(new Command("exec"), NOTES).option(
    "-d, --detach",
    "run the command in the background",
  );
  return addDetachKeys(
    addLines(exec, LINES, false)
      .option("--privileged", "give extended privileges to the command")
      .option("--sidecar", "run the command in the box's sidecar"),
  )
    .usage("[FLAGS] BOX COMMAND [ARG...]")
    .argument("<box>", "name or ID of a running box")
    .argument("<command...>", "command to execute, and its arguments")
    .passThroughOptions()
    .action(async (name: string, argv: string[], flags: ExecFlags) => {
      exit(await execute(name, argv, flags));
    });
}

async function execute(name: string, argv: string[], flags: ExecFlags): Promise<number> {
  const { detach = false, tty = false, privileged = false, sidecar = false } = flags;
  // As in Docker, stdin of a background program is not attached.
  const stdin = flags.interactive === true && !detach;
  const [detachKeys, { extraEnv = [], record = {} }] = await Promise.all([
    detachKeysOf(flags, { tty, stdin }),
    fieldsOf(LINES, flags),
  ]);
  const { workdir, user } = record;
  const signals = detach ? undefined : catchSignals();
  const program = {
    argv,
    stdin,
    privileged,
    env: writeEnv(extraEnv),
    ...(tty ? { terminal: terminalSize() } : {}),
    ...(typeof workdir === "string" ? { cwd: workdir } : {}),
    ...(typeof user === "string" ? { user } : {}),
  };
  const session = await engine().boxes.exec(name, program, { sidecar });
  if (!detach) return attach(session, { stdin, tty, detachKeys, signals });
  try {
    await awaitStart(session);
  } catch (error) {
    // As in Docker, only the exit code of a program that is waited for tells why it could not be started.
    if (exitCodeOf(error, "exec") === EXIT_BOX) throw error;
    await reportForBox(error, false);
    return 1;
  }
  return 0;
}
