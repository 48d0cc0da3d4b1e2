import { fieldFlags } from "../../config/box-document.js";
import { flag, type Flag, type FlagGroup } from "../../config/field.js";
import { longName, type Line } from "./lines.js";

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
const ORDER: readonly (readonly [FlagGroup, string])[] = [
  ["Box", "--name --rm --label --label-file --cidfile --restart --log-opt"],
  [
    "Health",
    "--health-cmd --health-interval --health-timeout --health-start-period --health-retries --no-healthcheck",
  ],
  [
    "Process",
    "--interactive --tty --env --env-file --workdir --user --group-add --entrypoint --hostname --init --stop-signal --stop-timeout",
  ],
  ["Storage", "--volume --mount --tmpfs --workspace --shm-size --persistent"],
  ["Network", "--publish --publish-all --network --dns --dns-search --dns-option --add-host"],
  [
    "Resources",
    "--cpus --memory --memory-reservation --memory-swap --pids-limit --cpuset-cpus --cpu-shares --cpu-quota --cpu-period --storage-opt --timeout --ulimit",
  ],
  ["Security", "--cap-add --cap-drop --security-opt --privileged --read-only --device --sysctl --tee"],
  ["Image", "--pull --platform --verify --quiet --no-cache"],
  ["VM", "--vmm --log-level --debug-grpc --sidecar --sidecar-env --pool"],
  ["Configuration", "--config --dry-run --format"],
];

/** Where flags stand in help. */
function placesOfHelp(): (line: Line) => number {
  const places = new Map<string, number>();
  for (const [group, names] of ORDER) {
    for (const name of names.split(" ")) places.set(name, places.size);
    places.set(group, places.size);
  }
  return (line) => places.get(longName(line)) ?? places.get(line.group) ?? places.size;
}

let lines: readonly Line[] | undefined;

/** The flags of commands that make a box, in the order of help. */
export function boxLines(): readonly Line[] {
  if (lines !== undefined) return lines;
  const placeOf = placesOfHelp();
  const placed = [...fieldFlags(), ...ACTS].map((line) => ({ line, place: placeOf(line) }));
  lines = placed.sort((one, other) => one.place - other.place).map(({ line }) => line);
  return lines;
}
