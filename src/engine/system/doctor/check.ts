/** `problem`: no box runs here until it is cured. `warning`: boxes run, and something of them is slow, weak or missing. */
export type Status = "ok" | "warning" | "problem";

/** What can be done about a finding. */
export type Cure =
  /** Packages of the host's distribution. */
  | { packages: readonly string[] }
  /** Commands, one after the other. */
  | { commands: readonly (readonly string[])[]; root: boolean; automatic: boolean; then?: string }
  /** Something that no command does. */
  | { advice: string };

/** One line of `box doctor`. */
export interface Check {
  name: string;
  status: Status;
  /** The state of things in one line. */
  found: string;
  cure?: Cure;
}

export const ok = (name: string, found: string): Check => ({ name, status: "ok", found });

export const warning = (name: string, found: string, cure?: Cure): Check => ({
  name,
  status: "warning",
  found,
  ...(cure === undefined ? {} : { cure }),
});

export const problem = (name: string, found: string, cure?: Cure): Check => ({
  ...warning(name, found, cure),
  status: "problem",
});

interface How {
  /** Root's to do. */
  root?: boolean;
  /** What its user has to do then. */
  then?: string;
}

/** Commands that a fix carries out. */
export const byCommand = ({ root = false, then }: How, ...commands: string[][]): Cure => ({
  commands,
  root,
  automatic: true,
  ...(then === undefined ? {} : { then }),
});

/** A command that is for its user to decide on. */
export const byHand = ({ root = false }: How, ...command: string[]): Cure => ({
  commands: [command],
  root,
  automatic: false,
});
