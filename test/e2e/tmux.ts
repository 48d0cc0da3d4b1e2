import { execFile } from "node:child_process";
import { on } from "node:events";
import { existsSync, watch } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A terminal for tests: tmux(1) with a shell in it. */
export interface Terminal {
  /** Types a line and presses Enter. */
  enter: (line: string) => Promise<void>;
  /** Presses keys by their tmux names: `C-c`. */
  press: (...keys: string[]) => Promise<void>;
  resize: (columns: number, rows: number) => Promise<void>;
  /**
   * Waits until the screen matches. Throws, with the last screen, once it shows what only a failure prints, when the
   * terminal's shell has ended, and after some minutes.
   * @returns it without trailing spaces and empty lines at the end
   */
  awaitScreen: (isRight: (screen: string) => boolean, failure?: RegExp) => Promise<string>;
  close: () => Promise<void>;
}

/** Half of the time limit of a test: only ends hangs, so that the test's error shows the screen. */
const LIMIT_MS = 300_000;

/**
 * Opens a terminal of 80 by 24 characters.
 * @param setUp lines that its shell reads first
 */
export async function openTerminal(setUp: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), "box-tmux-"));
  const [written, ended] = [join(folder, "written"), join(folder, "ended")];
  await Promise.all([
    writeFile(join(folder, "tmux.conf"), ""),
    writeFile(join(folder, "profile"), setUp),
    writeFile(written, ""),
  ]);
  const tmux = async (...words: string[]) => {
    const { stdout } = await run(
      "tmux",
      ["-u", "-S", join(folder, "tmux"), "-f", join(folder, "tmux.conf"), ...words],
      {
        env: { ...env, ENV: join(folder, "profile"), SHELL: "/bin/sh" },
      },
    );
    return stdout;
  };
  // All output of the terminal also goes to a file there, whose changes trigger another look at the screen.
  const watcher = watch(folder);
  const changes = on(watcher, "change");
  await tmux("new-session", "-d", "-x", "80", "-y", "24", "sh");
  await tmux("pipe-pane", `cat >> ${written}; : > ${ended}`);
  const look = async () => (await tmux("capture-pane", "-p")).replace(/ +$/gm, "").replace(/\n+$/, "\n");
  async function waitForScreen(isRight: (screen: string) => boolean, failure: RegExp | undefined) {
    let screen = "";
    const timer = setTimeout(() => watcher.emit("error", new Error("not within five minutes")), LIMIT_MS);
    try {
      for (;;) {
        if (existsSync(ended)) throw new Error("the terminal's shell has ended");
        screen = await look();
        if (isRight(screen)) return screen;
        if (failure?.test(screen)) throw new Error("the program has failed");
        await changes.next();
      }
    } catch (error) {
      throw new Error(`the screen does not become as expected:\n${screen}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    enter: async (line) => {
      await tmux("send-keys", "-l", line);
      await tmux("send-keys", "Enter");
    },
    press: async (...keys) => {
      await tmux("send-keys", ...keys);
    },
    resize: async (columns, rows) => {
      await tmux("resize-window", "-x", String(columns), "-y", String(rows));
    },
    awaitScreen: waitForScreen,
    close: async () => {
      // It ends with its shell.
      if (!existsSync(ended)) await tmux("kill-server");
      // The last file that is written here.
      while (!existsSync(ended)) await changes.next();
      watcher.close();
      await rm(folder, { recursive: true });
    },
  };
}
