import { flag } from "./field.js";

/** Flags of every command that runs a program in a box. Kept apart from the schema, which `box exec` does not load. */
export const PROGRAM_FLAGS = {
  stdin: flag("Process", "-i, --interactive", "keep stdin open"),
  tty: flag("Process", "-t, --tty", "allocate a pseudo-TTY"),
  env: flag(
    "Process",
    "-e, --env <name=value>",
    "set environment variables; NAME alone takes the value from your environment",
    {
      as: "variable",
    },
  ),
  envFile: flag("Process", "--env-file <file>", "read in a file of environment variables", {
    as: "env-file",
    offers: "files",
  }),
  workdir: flag("Process", "-w, --workdir <path>", "working directory inside the box", { as: "workdir" }),
  user: flag("Process", "-u, --user <user[:group]>", "username or UID, and group name or GID", {
    as: "user",
  }),
};
