import { execFile } from "node:child_process";
import { on } from "node:events";
import { watch } from "node:fs";
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
  /** Waits until the screen matches. @returns it without trailing spaces and empty lines at the end */
  awaitScreen: (isRight: (screen: string) => boolean) => Promise<string>;
  close: () => Promise<void>;
}

/**
 * Opens a terminal of 80 by 24 characters.
 * @param setUp lines that its shell reads first
 */
export async function openTerminal(setUp: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), "box-tmux-"));
  const written = join(folder, "written");
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
  // All output of the terminal also goes to this file, whose changes trigger another look at the screen.
  const watcher = watch(written);
  const changes = on(watcher, "change");
  await tmux("new-session", "-d", "-x", "80", "-y", "24", "sh");
  await tmux("pipe-pane", `cat >> ${written}`);
  const look = async () => (await tmux("capture-pane", "-p")).replace(/ +$/gm, "").replace(/\n+$/, "\n");
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
    awaitScreen: async (isRight) => {
      for (;;) {
        const screen = await look();
        if (isRight(screen)) return screen;
        await changes.next();
      }
    },
    close: async () => {
      watcher.close();
      await tmux("kill-server");
      await rm(folder, { recursive: true });
    },
  };
}
