import type { Command } from "commander";
import { DETACH_KEYS, parseDetachKeys } from "../../config/syntax/detach-keys.js";
import { naming } from "../../errors.js";
import { requireTerminal } from "../terminal/forward.js";
import { currentHome } from "../home.js";
import { named } from "./parse.js";

export interface AttachmentFlags {
  detachKeys?: string;
  /** Only for commands with this flag. */
  sigProxy?: boolean;
}

/** For commands that attach a terminal here to one in a box. */
export function addDetachKeys(command: Command): Command {
  return command.option(
    "--detach-keys <keys>",
    `key sequence for detaching from the box (default: ${DETACH_KEYS})`,
    named("--detach-keys", (text) => {
      parseDetachKeys(text);
      return text;
    }),
  );
}

/** `--sig-proxy=false` as in Docker, or `--no-sig-proxy` as in commander. */
export function addSigProxy(command: Command): Command {
  return command
    .option(
      "--sig-proxy",
      "proxy received signals to the process, unless it has a terminal (default: true)",
      true,
    )
    .option("--no-sig-proxy", "let signals end this command only");
}

/**
 * The bytes of the detach keys, from the flag or the settings; undefined unless a terminal is attached to one in a box.
 * @throws BoxError not-a-terminal, invalid-settings
 */
export async function detachKeysOf(
  { detachKeys }: AttachmentFlags,
  { tty, stdin }: { tty: boolean; stdin: boolean },
): Promise<Buffer | undefined> {
  if (!tty || !stdin) return undefined;
  requireTerminal();
  if (detachKeys !== undefined) return parseDetachKeys(detachKeys);
  const { readSettings } = await import("../../config/settings.js");
  const { detachKeys: keys = DETACH_KEYS } = await readSettings(currentHome());
  return naming("detachKeys in the settings", () => parseDetachKeys(keys));
}
