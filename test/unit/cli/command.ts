import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const BOX = join(import.meta.dirname, "../../../dist/box.js");

export interface Result {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts the built command line with a BOX_HOME of its own, and without the settings of the user running the tests. */
export function startCommand(
  args: string[],
  { home, cwd, input = "" }: { home: string; cwd?: string; input?: Buffer | string },
): { child: ChildProcessWithoutNullStreams; ended: Promise<Result> } {
  const env = {
    ...process.env,
    BOX_HOME: home,
    BOX_RUNTIME: join(home, "run"),
    BOX_SETTINGS: join(home, "none"),
  };
  const child = spawn(process.execPath, [BOX, ...args], { env, cwd });
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
