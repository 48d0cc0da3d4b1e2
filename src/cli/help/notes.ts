import type { Command } from "commander";

/** A command line and an optional comment. */
export type Example = readonly [line: string, comment?: string];

/** Help texts of a command besides its arguments and flags. */
export interface Notes {
  /** Paragraphs. */
  text?: readonly string[];
  examples?: readonly Example[];
}

const NOTES = new WeakMap<Command, Notes>();

/** Attaches notes to a command for its help. */
export function explain(command: Command, notes: Notes): Command {
  NOTES.set(command, notes);
  return command;
}

export function notesOf(command: Command): Notes {
  return NOTES.get(command) ?? {};
}
