import type { Command } from "commander";

/** A command line, and what it does. */
export type Example = readonly [line: string, comment?: string];

/** The parts of a command's help that its arguments and flags do not tell. */
export interface Notes {
  /** Paragraphs. */
  text?: readonly string[];
  examples?: readonly Example[];
}

const NOTES = new WeakMap<Command, Notes>();

/** Gives a command the notes of its help. */
export function explain(command: Command, notes: Notes): Command {
  NOTES.set(command, notes);
  return command;
}

export function notesOf(command: Command): Notes {
  return NOTES.get(command) ?? {};
}
