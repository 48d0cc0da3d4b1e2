import type { BoxError } from "../errors.js";

type Hint = (error: BoxError) => string | undefined;

const always = (hint: string) => () => hint;

/** The hints that name a command, by the code of the error; all others are its own. */
const HINTS: ReadonlyMap<string, Hint> = new Map<string, Hint>([
  [
    "access-denied",
    ({ hint, detail: { registry } }) =>
      registry && `${hint}: \`box login${registry === "docker.io" ? "" : ` ${registry}`}\``,
  ],
  ["engine-missing", always("`box doctor` tells what is missing and how to get it")],
  ["boot-timeout", ({ hint }) => `\`box info\` tells what this host can run; ${hint}`],
  ["box-running", ({ detail: { box } }) => box && `stop it first (\`box stop ${box}\`) or use -f`],
  [
    "image-missing",
    ({ detail: { image } }) =>
      image === undefined ? "`box images` lists those that are" : `run \`box pull ${image}\``,
  ],
  ["duplicate-mount", always("-v, --mount, --tmpfs and --workspace mount one thing at one place")],
  // `-h` is help elsewhere.
  ["invalid-hostname", ({ hint }) => `${hint}; help is --help`],
  ["monitor-died", always("`box ps -a` shows what is left of it")],
  [
    "name-in-use",
    ({ detail: { box } }) => box && `remove that box (\`box rm ${box}\`) or choose another name`,
  ],
  ["newer-version", always("update box; `box rm -f` removes the box all the same")],
  ["no-command", ({ detail: { image } }) => image && `give one: box run ${image} COMMAND`],
  ["no-such-box", always("`box ps -a` lists all boxes")],
  ["no-such-image", always("`box images` lists all images")],
  ["no-such-port", ({ detail: { box } }) => box && `\`box port ${box}\` lists those that are`],
  ["no-such-volume", always("`box volume ls` lists all volumes")],
  ["not-running", ({ detail: { box } }) => box && "`box ps` lists those that are"],
  [
    "not-while-running",
    ({ detail: { box } }) => box && `box stop ${box}, then box update, then box start ${box}`,
  ],
  ["paused", ({ detail: { box } }) => box && `\`box unpause ${box}\` lets it go on`],
  [
    "platform-mismatch",
    ({ detail: { image, platform } }) => image && `run \`box pull --platform ${platform} ${image}\``,
  ],
  [
    "platform-missing",
    ({ hint, detail: { platform } }) => platform && `${hint}; \`box pull --platform ${platform}\` brings it`,
  ],
  ["port-in-use", ({ hint }) => hint && `${hint} (\`box ps\` shows the ports of boxes)`],
  ["volume-in-use", ({ detail: { box } }) => box && `remove that box first: \`box rm ${box}\``],
  [
    "store-unreadable",
    ({ hint, detail: { box } }) =>
      box ? `restore it; \`box rm -f ${box}\` removes the box all the same` : hint,
  ],
  ["vmm-unusable", ({ hint }) => `${hint === undefined ? "" : `${hint}; `}\`box doctor\` tells more`],
]);

/** What a user of the command line can do about an error. */
export function hintOf(error: BoxError): string | undefined {
  return HINTS.get(error.code)?.(error) ?? error.hint;
}
