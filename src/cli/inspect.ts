import { Command, Option } from "commander";
import { BoxError } from "../errors.js";
import { describeBox } from "../docker/boxes/inspect.js";
import type { Value } from "../docker/go/value.js";
import type { Survey } from "../engine/boxes.js";
import { quote } from "../config/syntax/quote.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { inspectAll } from "./output/inspected.js";

const TYPES = ["box", "container", "image", "network", "volume"] as const;
type Type = (typeof TYPES)[number];

/** @throws BoxError usage, as Docker checks the type only when it inspects */
function parseType(text: string): Type {
  const type = TYPES.find((each) => each === text);
  if (type !== undefined) return type;
  throw new BoxError("usage", `unknown type: ${quote(text)}: must be one of ${TYPES.map(quote).join(", ")}`);
}

interface InspectFlags {
  format?: string;
  size?: boolean;
  type?: Type;
}

const isMissing = (error: unknown) =>
  error instanceof BoxError &&
  ["no-such-box", "no-such-image", "no-such-network", "no-such-volume"].includes(error.code);

/** How to find each type of object, in order of precedence. */
function finders(
  survey: Promise<Survey>,
  size: boolean | undefined,
): Record<Exclude<Type, "container">, (word: string) => Promise<Value>> {
  return {
    box: async (word) => {
      const { boxes } = engine();
      return describeBox(await boxes.inspect(await boxes.find(word, survey), { size }));
    },
    image: async (word) => (await import("./image/inspect.js")).inspectImage(word),
    network: async (word) => (await import("./network.js")).inspectNetwork(word),
    volume: async (word) => (await import("./volume.js")).inspectVolume(word),
  };
}

async function find(word: string, survey: Promise<Survey>, { type, size }: InspectFlags): Promise<Value> {
  const finding = finders(survey, size);
  if (type !== undefined) return finding[type === "container" ? "box" : type](word);
  for (const look of Object.values(finding)) {
    try {
      return await look(word);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new BoxError("no-such-object", `No such object: ${word.slice(0, 300)}`, {
    hint: "see `box ps -a`, `box images`, `box network ls` and `box volume ls`",
  });
}

const NOTES: Notes = {
  examples: [
    ["box inspect web"],
    ["box inspect -f '{{.State.ExitCode}}' job"],
    ["box inspect -f '{{json .NetworkSettings.Ports}}' web"],
  ],
};

export function command(exit: (code: number) => void): Command {
  return explain(new Command("inspect"), NOTES)
    .argument("<name...>", "names or IDs of boxes, images, networks or volumes")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.State.Status}}'")
    .option("-s, --size", "show the sizes of the writable layers and images of boxes")
    .addOption(
      new Option("--type <type>", "only inspect objects of this type").choices(TYPES).argParser(parseType),
    )
    .action(async (words: string[], flags: InspectFlags) => {
      const survey = engine().boxes.survey();
      await survey;
      exit(await inspectAll(words, flags.format, (word) => find(word, survey, flags)));
    });
}
