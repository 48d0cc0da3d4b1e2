/** Commands of another user, whom permissions restrict. One process runs them all: to start Node.js takes longer than most. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Said {
  code: number | null;
  out: string;
  said: string;
}

export interface OtherUser {
  /** A folder that the user may enter, with a copy of box. */
  folder: string;
  /** The user's BOX_HOME, which is not there yet. */
  home: string;
  box: (...words: string[]) => Promise<Said>;
  remove: () => Promise<void>;
}

export async function startOtherUser(uid: number): Promise<OtherUser> {
  const folder = await mkdtemp(join(tmpdir(), "box-other-user-"));
  await chmod(folder, 0o755);
  // The project may be in a directory that only root can enter.
  for (const part of ["dist", "runtime-files"])
    await cp(join(process.cwd(), part), join(folder, part), { recursive: true, dereference: true });
  await mkdir(join(folder, "test", "attack"), { recursive: true });
  const program = join(folder, "test", "attack", "commands.js");
  await cp(join(import.meta.dirname, "..", "in-process.js"), join(folder, "test", "in-process.js"));
  await cp(join(import.meta.dirname, "commands.js"), program);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');

  const home = join(folder, "home");
  const who = ["--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
  const child = spawn("setpriv", [...who, process.execPath, program], {
    env: { PATH: process.env["PATH"], HOME: home, BOX_HOME: home, BOX_RUNTIME: join(home, "run") },
    cwd: "/",
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    folder,
    home,
    async box(...words) {
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const answer: IteratorResult<string, unknown> = await answers.next();
      if (answer.done) throw new Error(`the other user's process has ended after ${words.join(" ")}`);
      return JSON.parse(answer.value) as Said;
    },
    async remove() {
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
