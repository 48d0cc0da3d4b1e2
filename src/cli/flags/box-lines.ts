import { fieldFlags } from "../../config/box-document.js";
import { flag, type Flag, type FlagGroup } from "../../config/field.js";
import { longName, type Line } from "./lines.js";

/** A flag for what every box has anyway. */
function hidden(...args: Parameters<typeof flag>): [Flag] {
  return [{ ...flag(...args), hidden: true }];
}

/** Flags that set no field. */
const ACTION_FLAGS: readonly (Flag & Pick<Line, "list">)[] = [
  {
    ...flag("Box", "-a, --attach <stream>", "attach to stdin, stdout or stderr only", {
      as: "stream",
      offers: ["stdin", "stdout", "stderr"],
    }),
    list: true,
  },
  flag("Box", "--cidfile <file>", "write the ID of the box to a new file", { offers: "files" }),
  flag("Image", "--pull <policy>", "when to pull the image (default: missing)", {
    as: "choice",
    offers: ["always", "missing", "never"],
  }),
  flag(
    "Image",
    "--platform <platform>",
    "platform of the image: OS/ARCH[/VARIANT] (default: that of this host)",
    {
      as: "platform",
    },
  ),
  flag(
    "Image",
    "--verify <file>",
    "public key that must have signed the image, or a policy of such keys (default: from the settings)",
  ),
  ...hidden("Security", "--ipc <mode>", "IPC mode: private", { as: "own", offers: ["private"] }),
  ...hidden("Security", "--cgroupns <mode>", "cgroup namespace: private", { as: "own", offers: ["private"] }),
  ...hidden("Security", "--isolation <kind>", "isolation: default", { as: "own", offers: ["default"] }),
  ...hidden("Image", "--disable-content-trust", "skip image verification, except by --verify and the policy"),
  ...hidden("Image", "--no-disable-content-trust", "not supported: use --verify"),
  flag("Image", "-q, --quiet", "suppress the pull output"),
  flag("Configuration", "--config <file>", "read a configuration in JSON or YAML; flags override it", {
    offers: "files",
  }),
  flag("Configuration", "--dry-run", "print the resulting configuration without starting a box"),
  flag("Configuration", "--format <format>", "format of --dry-run (default: json)", {
    as: "choice",
    offers: ["json"],
  }),
];

/** The order in the help. Flags that are not listed come last in their group. */
const ORDER: readonly [readonly [FlagGroup, string], ...(readonly [FlagGroup, string])[]] = [
  [
    "Common",
    "--interactive --tty --rm --name --publish --volume --env --workdir --user --network --memory --cpus",
  ],
  ["Box", "--attach --label --label-file --cidfile --restart --log-driver --log-opt"],
  [
    "Health",
    "--health-cmd --health-interval --health-timeout --health-start-period --health-retries --no-healthcheck",
  ],
  [
    "Process",
    "--env-file --group-add --entrypoint --hostname --domainname --init --oom-score-adj --stop-signal --stop-timeout",
  ],
  ["Storage", "--mount --tmpfs --workspace --shm-size --persistent --no-persistent"],
  [
    "Network",
    "--network-alias --ip --link --publish-all --expose --dns --dns-search --dns-option --add-host",
  ],
  [
    "Resources",
    "--memory-reservation --memory-swap --pids-limit --cpuset-cpus --cpu-shares --cpu-quota --cpu-period --storage-opt --timeout --ulimit",
  ],
  ["Security", "--cap-add --cap-drop --security-opt --privileged --read-only --device --sysctl --tee"],
  ["Image", "--pull --platform --verify --quiet --no-cache"],
  ["VM", "--vmm --log-level --debug-grpc --sidecar --sidecar-env --sidecar-port --sidecar-proxy --pool"],
  [
    "Pool",
    "--image --min-idle --max-size --idle-ttl --scaling --scale-up-threshold --scale-down-threshold --max-min-idle --scale-cooldown --scale-window",
  ],
  ["Configuration", "--config --dry-run --format"],
];

/** Flags of `box pool start` that it shares with `box run`: those that say what VM a box needs. */
const SHAPE = new Set(
  [
    "--rm --persistent --no-persistent --memory --cpus --storage-opt --network --dns --add-host",
    "--memory-reservation --memory-swap --cpuset-cpus --cpu-shares --cpu-quota --cpu-period",
    "--vmm --log-level --pull --platform --verify --quiet --config",
  ].flatMap((names) => names.split(" ")),
);

/** The most common flags are in the first group of the help, whatever they are about. */
function groupOf(line: Line): FlagGroup {
  const [[common, names]] = ORDER;
  return names.split(" ").includes(longName(line)) ? common : line.group;
}

/** Returns the positions of flags in the help. */
function placesOfHelp(): (line: Line) => number {
  const places = new Map<string, number>();
  for (const [group, names] of ORDER) {
    for (const name of names.split(" ")) places.set(name, places.size);
    places.set(group, places.size);
  }
  return (line) => places.get(longName(line)) ?? places.get(line.group) ?? places.size;
}

let lines: readonly Line[] | undefined;

/** All flags, in the order of the help. */
function allLines(): readonly Line[] {
  if (lines !== undefined) return lines;
  const placeOf = placesOfHelp();
  const placed = [...fieldFlags(), ...ACTION_FLAGS].map((line) => ({ line, place: placeOf(line) }));
  lines = placed
    .sort((one, other) => one.place - other.place)
    .map(({ line }) => ({ ...line, group: groupOf(line) }));
  return lines;
}

let ofBoxes: readonly Line[] | undefined;

/** The flags of commands that create a box, in the order of the help. */
export function boxLines(): readonly Line[] {
  return (ofBoxes ??= allLines().filter(({ only }) => only === undefined));
}

/** The flags of `box pool start`, in the order of the help. */
export function poolLines(): readonly Line[] {
  return allLines().filter((line) => line.only === "pool start" || SHAPE.has(longName(line)));
}
