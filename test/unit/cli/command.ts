import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { withholdEnvironment } from "../../../src/host/caller-environment.js";
import { runInProcess } from "../../in-process.js";

const DIST = join(import.meta.dirname, "../../../dist");

export interface Result {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Settings {
  /** Default: the one in the environment. */
  home?: string;
  cwd?: string;
  input?: Buffer | string;
  /** Changes to the environment of the tests. */
  env?: NodeJS.ProcessEnv;
  /** `box`, the program that users run, handles some commands itself and starts Node.js for the others. */
  program?: "box" | "box.js";
}

/** With a home, none of the settings of the user running the tests. */
const environment = ({ home, env }: Settings): NodeJS.ProcessEnv => ({
  ...process.env,
  ...(home !== undefined && {
    BOX_HOME: home,
    BOX_RUNTIME: join(home, "run"),
    BOX_SETTINGS: join(home, "none"),
  }),
  ...env,
});

/** Starts the built command line. */
export function startCommand(
  args: string[],
  settings: Settings,
): { child: ChildProcessWithoutNullStreams; ended: Promise<Result> } {
  const { cwd, input = "", program = "box.js" } = settings;
  const env = environment(settings);
  const child =
    program === "box"
      ? spawn(join(DIST, program), args, { env, cwd })
      : spawn(process.execPath, [join(DIST, program), ...args], { env, cwd });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on("data", (data: Buffer) => out.push(data.toString()));
  child.stderr.on("data", (data: Buffer) => err.push(data.toString()));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = once(child, "close").then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout: out.join(""),
    stderr: err.join(""),
  }));
  return { child, ended };
}

/**
 * Runs the built command line in the process of the tests: for commands that need no process of their own. The
 * end-to-end tests start commands as users do.
 */
export const runCommand = (args: string[], settings: Settings): Promise<Result> =>
  runWith(args, environment(settings), settings);

/** The same with the whole environment of the command. */
export async function runWith(
  args: string[],
  environment: NodeJS.ProcessEnv,
  { cwd, input = "" }: Pick<Settings, "cwd" | "input"> = {},
): Promise<Result> {
  const env = { ...environment };
  withholdEnvironment(env);
  const stdin = Readable.from(input.length > 0 ? [Buffer.from(input)] : []);
  const { code, outputs } = await runInProcess({ args, env, cwd, stdin });
  const textOf = (wanted: "stdout" | "stderr") =>
    Buffer.concat(outputs.filter(({ stream }) => stream === wanted).map(({ data }) => data)).toString();
  return { code, signal: null, stdout: textOf("stdout"), stderr: textOf("stderr") };
}
