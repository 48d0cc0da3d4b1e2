/** Docker's management groups: their subcommands are commands of box under other names. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  container: {
    ...same("attach", "commit", "cp", "create", "diff", "exec", "export"),
    inspect: ["inspect", "--type=container"],
    ...same("kill", "logs"),
    ls: ["ps"],
    list: ["ps"],
    ps: ["ps"],
    ...same("pause", "port", "prune", "rename", "restart", "rm"),
    remove: ["rm"],
    ...same("run", "start", "stats", "stop", "top", "unpause", "update", "wait"),
  },
  image: same("import", "load", "pull", "push", "save", "tag"),
  system: same("events", "info"),
};

function same(...names: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, [name]]));
}

/** Other names of subcommands, which are not shown. */
const ALIASES: readonly string[] = ["list", "ps", "remove"];

/** The subcommands of a group that are commands of their own, and the command that each stands for. */
export function subcommandsOf(group: string): [name: string, command: string][] {
  const shown = Object.entries(GROUPS[group] ?? {}).filter(([name]) => !ALIASES.includes(name));
  return shown.map(([name, [command = name]]) => [name, command]);
}

/** Replaces `container ls` with `ps` and the like at the start of a command line. */
export function expandGroup(words: readonly string[]): readonly string[] {
  const [group = "", name = "", ...rest] = words;
  const subcommands = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
  const command =
    subcommands !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  return command === undefined ? words : [...command, ...rest];
}
