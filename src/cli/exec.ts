import { Command } from "commander";
import { BoxError } from "../config/errors.js";
import { mergeEnv } from "../config/syntax/env.js";
import { reachMonitor } from "../vm/box/reach.js";
import type { ExecProgram } from "../vm/control/wire.js";
import { attach, awaitStart, catchSignals } from "./terminal.js";
import { addExecFlags, readEnv, type ProcessFlags } from "./flags/process.js";

type ExecFlags = ProcessFlags & { detach?: boolean; privileged?: boolean };

const EXAMPLES = `
The program gets the variables, folder, user and limits of the box's own unless the flags say otherwise. It ends with
the box; it goes on when this command is killed.

Examples:
  box exec web cat /etc/nginx/nginx.conf
  box exec -i db psql -U postgres < dump.sql
  box exec -u nobody -w /tmp -e LEVEL=3 web sh -c 'id; pwd'

Exit codes: as of \`box run\`.`;

export function command(exit: (code: number) => void): Command {
  return addExecFlags(new Command("exec"))
    .usage("[FLAGS] BOX COMMAND [ARG...]")
    .argument("<box>", "name or id of a running box")
    .argument("<command...>", "program to run, and its arguments")
    .passThroughOptions()
    .option("-d, --detach", "run in the background")
    .option("--privileged", "with all capabilities, and no filter of system calls")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, argv: string[], flags: ExecFlags) => {
      exit(await exec(name, argv, flags));
    });
}

async function exec(name: string, argv: string[], flags: ExecFlags): Promise<number> {
  const { interactive = false, detach = false, privileged = false } = flags;
  if (interactive && detach) {
    throw new BoxError(
      "flag-conflict",
      "-i and -d cannot be used together: nothing would feed the program's stdin",
    );
  }
  const env = await readEnv(flags);
  const passSignals = detach ? undefined : catchSignals("program");
  const socket = await reachMonitor(name);
  const program: ExecProgram = {
    argv,
    stdin: interactive,
    privileged,
    env: mergeEnv(env),
    ...(flags.workdir === undefined ? {} : { cwd: flags.workdir }),
    ...(flags.user === undefined ? {} : { user: flags.user }),
  };
  if (passSignals) return attach(socket, interactive, passSignals, { op: "exec", program });
  await awaitStart(socket, { op: "exec", program });
  return 0;
}
