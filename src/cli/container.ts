import { Command } from "commander";

/** `box container ls` and the like run as the commands that they stand for (words/groups.ts). */
export function command(): Command {
  return new Command("container");
}
