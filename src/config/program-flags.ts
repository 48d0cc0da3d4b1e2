import { flag } from "./field.js";

/** Flags of every command that runs a program in a box: `box exec`, which has them as well, loads no schema. */
export const PROGRAM_FLAGS = {
  stdin: flag("Process", "-i, --interactive", "carry standard input to the box"),
  tty: flag("Process", "-t, --tty", "give the program a terminal"),
  env: flag("Process", "-e, --env <NAME=VALUE>", "set a variable; NAME alone passes on your value", {
    as: "variable",
  }),
  envFile: flag("Process", "--env-file <file>", "set variables from a file of NAME=VALUE lines", {
    as: "env-file",
    offers: "files",
  }),
  workdir: flag("Process", "-w, --workdir <path>", "working folder in the box", { as: "workdir" }),
  user: flag("Process", "-u, --user <user[:group]>", "user to run as, names or numbers", { as: "user" }),
};
