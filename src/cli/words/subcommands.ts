import type { Command } from "commander";
import { COMMANDS } from "../commands.js";
import { subcommandsOf } from "./groups.js";

/** Adds the subcommands of a group that are commands of their own, for help and completion. */
export function addSubcommands(group: Command): Command {
  for (const [name, target] of subcommandsOf(group.name()))
    group
      .command(name)
      .summary(COMMANDS[target]?.summary ?? "")
      .usage(`... (see \`box ${target} --help\`)`);
  return group;
}

/** The subcommands of a command that are not commands of their own. */
export function ownSubcommands(command: Command): readonly Command[] {
  const others = subcommandsOf(command.name()).map(([name]) => name);
  return command.commands.filter((one) => !others.includes(one.name()));
}
