import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { BoxError } from "../../src/errors.js";

/**
 * Inputs of a parser that were found by random changes: the shortest one for each outcome. With BOX_TEST_KEEP=1, a fuzz
 * run adds the ones that it finds.
 */
export interface Corpus {
  inputs: Buffer[];
  /** Returns the current outcome for an input, and the outcome with which it was stored. */
  check: (input: Buffer) => { outcome: string; kept: string | undefined };
  /** Adds an input if it is the shortest one with its outcome. @throws errors other than BoxError */
  note: (input: Buffer) => void;
  save: () => void;
}

const KEEP = process.env["BOX_TEST_KEEP"] === "1";

/** Returns the result, or the error without the parts that depend on the input. */
function outcomeOf(parse: (input: Buffer) => string, input: Buffer): string {
  try {
    return `taken: ${parse(input)}`;
  } catch (error) {
    if (!(error instanceof BoxError) || /[\n\r\x1b]/.test(error.message)) throw error;
    const reason = error.message
      .replace(/".*"/gs, '"…"')
      .replace(/\(.*\)/gs, "(…)")
      .replace(/-?\d[\d.e+]*/g, "#")
      .slice(0, 120);
    return `${error.code}: ${reason}`;
  }
}

/**
 * @param kind name of the file in this folder
 * @param parse returns a brief description of the result; throws BoxError
 */
export function openCorpus(kind: string, parse: (input: Buffer) => string): Corpus {
  const path = join(import.meta.dirname, `${kind}.json`);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "{}";
  const kept = new Map<string, Buffer>();
  for (const [outcome, packed] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    const input = inflateRawSync(Buffer.from(packed, "base64"));
    // The message may have changed.
    kept.set(KEEP ? outcomeOf(parse, input) : outcome, input);
  }
  return {
    inputs: [...kept.values()],
    check: (input) => ({
      outcome: outcomeOf(parse, input),
      kept: [...kept].find(([, data]) => data.equals(input))?.[0],
    }),
    note: (input) => {
      const outcome = outcomeOf(parse, input);
      if (input.length < (kept.get(outcome)?.length ?? Infinity)) kept.set(outcome, input);
    },
    save: () => {
      if (!KEEP) return;
      const sorted = [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
      const packed = sorted.map(([outcome, data]) => [outcome, deflateRawSync(data).toString("base64")]);
      writeFileSync(path, `${JSON.stringify(Object.fromEntries(packed), undefined, 2)}\n`);
    },
  };
}
