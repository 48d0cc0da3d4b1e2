import { DEFAULT_POOL } from "../config/syntax/pool-name.js";
import type { BoxError } from "../errors.js";

type Hint = (error: BoxError) => string | undefined;

const always = (hint: string) => () => hint;

/** Starts a pool again. */
const startOf = (pool: string) => `box pool start${pool === DEFAULT_POOL ? "" : ` ${pool}`}`;

/** Hints that name a command, by error code; other errors have their own hints. */
const HINTS: ReadonlyMap<string, Hint> = new Map<string, Hint>([
  [
    "access-denied",
    ({ hint, detail: { registry } }) =>
      registry && `${hint}: \`box login${registry === "docker.io" ? "" : ` ${registry}`}\``,
  ],
  ["engine-missing", always("run `box doctor` to see what is missing and how to get it")],
  ["boot-timeout", ({ hint }) => `\`box info\` shows what this host supports; ${hint}`],
  ["box-running", ({ detail: { box } }) => box && `stop it first (\`box stop ${box}\`) or use -f`],
  [
    "image-missing",
    ({ detail: { image } }) =>
      image === undefined ? "`box images` lists all images" : `run \`box pull ${image}\``,
  ],
  ["duplicate-mount", always("-v, --mount, --tmpfs and --workspace must all have different targets")],
  // `-h` means help for other commands.
  ["invalid-hostname", ({ hint }) => `${hint}; for help, use --help`],
  ["monitor-died", always("`box ps -a` shows the state of the box")],
  [
    "name-in-use",
    ({ detail: { box } }) => box && `remove that box (\`box rm ${box}\`) or choose another name`,
  ],
  ["newer-version", always("update box, or remove the box with `box rm -f`")],
  ["no-command", ({ detail: { image } }) => image && `specify one: box run ${image} COMMAND`],
  [
    "no-image",
    ({ hint, detail: { pool } }) =>
      pool && `write \`${startOf(pool)} --image IMAGE\`${hint === undefined ? "" : `; ${hint}`}`,
  ],
  ["no-such-box", always("`box ps -a` lists all boxes")],
  ["no-such-image", always("`box images` lists all images")],
  ["no-such-network", always("`box network ls` lists all networks, `box network create` creates one")],
  [
    "no-such-pool",
    ({ hint, detail: { pool } }) =>
      pool && `${hint === undefined ? "" : `${hint}; `}\`${startOf(pool)} --image IMAGE\` starts it`,
  ],
  ["pool-not-running", ({ detail: { pool } }) => pool && `\`${startOf(pool)}\` starts it`],
  ["pool-running", ({ detail: { pool } }) => pool && `stop it first to change it: \`box pool stop ${pool}\``],
  ["no-such-port", ({ detail: { box } }) => box && `\`box port ${box}\` lists the published ports`],
  ["no-such-volume", always("`box volume ls` lists all volumes")],
  ["not-running", ({ detail: { box } }) => box && "`box ps` lists running boxes"],
  [
    "not-while-running",
    ({ detail: { box } }) => box && `run \`box stop ${box}\`, then \`box update\`, then \`box start ${box}\``,
  ],
  ["paused", ({ detail: { box } }) => box && `\`box unpause ${box}\` resumes it`],
  [
    "platform-missing",
    ({ hint, detail: { platform } }) => platform && `${hint}; \`box pull --platform ${platform}\` pulls it`,
  ],
  ["port-in-use", ({ hint }) => hint && `${hint} (\`box ps\` shows the ports of boxes)`],
  [
    "network-in-use",
    ({ hint, detail: { boxes } }) => (boxes ? `stop its boxes first: \`box stop ${boxes}\`` : hint),
  ],
  ["volume-in-use", ({ detail: { box } }) => box && `remove that box first: \`box rm ${box}\``],
  [
    "store-unreadable",
    ({ hint, detail: { box } }) => (box ? `restore it, or remove the box with \`box rm -f ${box}\`` : hint),
  ],
  ["vmm-unusable", ({ hint }) => `${hint === undefined ? "" : `${hint}; `}run \`box doctor\` for details`],
]);

/** The hint of an error for users of the command line. */
export function hintOf(error: BoxError): string | undefined {
  const { meantPool } = error.detail;
  if (meantPool !== undefined) return `write \`--pool=${meantPool}\` to use the pool ${meantPool}`;
  return HINTS.get(error.code)?.(error) ?? error.hint;
}
