/** `problem`: boxes cannot run until it is fixed. `warning`: boxes run, but slowly, less isolated or with fewer features. */
export type Status = "ok" | "warning" | "problem";

/** A cure for a finding. */
export type Cure =
  /** Packages of the host's distribution to install. */
  | { packages: readonly string[] }
  /** Commands to run in this order. */
  | { commands: readonly (readonly string[])[]; root: boolean; automatic: boolean; then?: string }
  /** Something that no command can do. */
  | { advice: string };

/** One line of `box doctor`. */
export interface Check {
  name: string;
  status: Status;
  /** The finding, in one line. */
  found: string;
  /** Always present unless the status is `ok`. */
  cure?: Cure;
}

export const ok = (name: string, found: string): Check => ({ name, status: "ok", found });

export const warning = (name: string, found: string, cure: Cure): Check => ({
  name,
  status: "warning",
  found,
  cure,
});

export const problem = (name: string, found: string, cure: Cure): Check => ({
  name,
  status: "problem",
  found,
  cure,
});

interface CommandOptions {
  /** Whether root has to run the command. */
  root?: boolean;
  /** Something that the user has to do afterwards. */
  then?: string;
}

/** Commands that `box doctor --fix` runs. */
export const byCommand = ({ root = false, then }: CommandOptions, ...commands: string[][]): Cure => ({
  commands,
  root,
  automatic: true,
  ...(then === undefined ? {} : { then }),
});

/** A command that `box doctor --fix` leaves for the user to decide on. */
export const byHand = ({ root = false }: CommandOptions, ...command: string[]): Cure => ({
  commands: [command],
  root,
  automatic: false,
});
