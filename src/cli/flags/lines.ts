import { fieldFlags, innermost } from "../../config/box-document.js";
import { flag, type Flag, type FlagGroup } from "../../config/field.js";
import type * as z from "zod/mini";

/** A flag of commands that make a box; without a path it says what the command does, not what the box is. */
export interface Line extends Flag {
  path?: string;
  schema?: z.core.$ZodType;
}

/** Flags that fill no field. */
const ACTS: readonly Flag[] = [
  flag("Box", "--cidfile <file>", "write the box's id to a new file", { offers: "files" }),
  flag("Image", "--pull <policy>", "when to ask the registry (missing)", {
    as: "choice",
    offers: ["always", "missing", "never"],
  }),
  flag("Image", "--platform <platform>", "OS/ARCH; a box's is that of this host", { as: "platform" }),
  flag(
    "Image",
    "--verify <file>",
    "public key that signed the image, or policy of such keys (the settings' policy)",
  ),
  flag("Image", "-q, --quiet", "do not show the progress of a pull"),
  flag("Configuration", "--config <file>", "take a configuration in JSON or YAML; flags win", {
    offers: "files",
  }),
  flag("Configuration", "--dry-run", "print the configuration that results, and start nothing"),
  flag("Configuration", "--format <format>", "of --dry-run (json)", { as: "choice", offers: ["json"] }),
];

/** The order of help. A flag that is not named stands behind all others of its group. */
const ORDER: Readonly<Record<FlagGroup, string>> = {
  Box: "--name --rm --label --label-file --cidfile --restart --log-opt",
  Health:
    "--health-cmd --health-interval --health-timeout --health-start-period --health-retries --no-healthcheck",
  Process:
    "--interactive --tty --env --env-file --workdir --user --group-add --entrypoint --hostname --init --stop-signal --stop-timeout",
  Storage: "--volume --mount --tmpfs --workspace --shm-size --persistent",
  Network: "--publish --publish-all --network --dns --dns-search --dns-option --add-host",
  Resources:
    "--cpus --memory --memory-reservation --memory-swap --pids-limit --cpuset-cpus --cpu-shares --cpu-quota --cpu-period --storage-opt --timeout --ulimit",
  Security: "--cap-add --cap-drop --security-opt --privileged --read-only --device --sysctl --tee",
  Image: "--pull --platform --verify --quiet --no-cache",
  VM: "--vmm --log-level --debug-grpc --sidecar --sidecar-env --pool",
  Configuration: "--config --dry-run --format",
};

/** The long name of a flag, such as `--memory`. */
export function longName({ flags }: Pick<Flag, "flags">): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** The name that messages show: the short one where there is one. */
export function shownName(line: Pick<Flag, "flags">): string {
  return /^-[a-zA-Z]\b/.exec(line.flags)?.[0] ?? longName(line);
}

export function takesValue({ flags }: Pick<Flag, "flags">): boolean {
  return flags.includes("<");
}

/** Whether a field takes all values of its flags; of a word in its place the last one holds. */
export function isList(line: Line): boolean {
  const { as, schema } = line;
  if (!takesValue(line) || as === "word" || as === "shell" || schema === undefined) return false;
  return ["array", "record"].includes(innermost(schema)._zod.def.type);
}

/** The flags of commands that make a box, in the order of help. */
export function boxLines(): Line[] {
  const order = Object.values(ORDER).map((list) => list.split(" "));
  const groups = Object.keys(ORDER);
  const placed = [...fieldFlags(), ...ACTS].map((line) => {
    const group = groups.indexOf(line.group);
    const index = order[group]?.indexOf(longName(line)) ?? -1;
    return { line, place: group * 1000 + (index < 0 ? 999 : index) };
  });
  return placed.sort((one, other) => one.place - other.place).map(({ line }) => line);
}

/** Those that another command has as well, in the order of help. */
export function linesOf(command: "exec" | "update"): Line[] {
  return boxLines().filter(({ also }) => also.includes(command));
}
