import { printNotice } from "./print.js";
import { formatSize } from "../../docker/units.js";
import { widthOf } from "./width.js";
import { counted } from "../../config/syntax/counted.js";

/** The progress of a layer that is being downloaded or uploaded. */
export interface TransferEvent {
  digest: string;
  /** Bytes so far. */
  current: number;
  total?: number;
  phase: string;
}

export interface Progress {
  report: (event: TransferEvent) => void;
  /** Removes the display. */
  end: () => void;
}

export interface Layer {
  current: number;
  total: number;
  phase: string;
}

const BAR = 24;

function bar(current: number, total: number): string {
  const filled = total > 0 ? Math.min(BAR, Math.round((current / total) * BAR)) : 0;
  return `[${"=".repeat(filled)}${" ".repeat(BAR - filled)}]`;
}

/** Phases in which a layer is complete. */
const FINISHED = new Set(["done", "exists", "mounted"]);
/** The rate shown is that of the last seconds. */
const RATE_MS = 4000;

/** Measures a rate over the last seconds. */
export function createRate(): (bytes: number, now: number) => number | undefined {
  let samples: { bytes: number; now: number }[] = [];
  return (bytes, now) => {
    samples = [...samples.filter((sample) => now - sample.now <= RATE_MS), { bytes, now }];
    const [oldest] = samples;
    const elapsed = oldest ? now - oldest.now : 0;
    return oldest && elapsed >= 500 ? ((bytes - oldest.bytes) / elapsed) * 1000 : undefined;
  };
}

/** @param rate bytes per second, if known */
export function describeProgress(layers: ReadonlyMap<string, Layer>, rate: number | undefined): string {
  const all = [...layers.values()];
  const current = all.reduce((sum, layer) => sum + layer.current, 0);
  const total = all.reduce((sum, layer) => sum + layer.total, 0);
  const done = all.filter(({ phase }) => FINISHED.has(phase)).length;
  const speed = rate === undefined ? "" : `, ${formatSize(Math.round(rate))}/s`;
  const bytes = `${formatSize(current)}/${formatSize(total)}`;
  return `${bar(current, total)} ${bytes}${speed}, ${done} of ${counted(all.length, "layer")}`;
}

/** Docker's words for the phases of a layer, where a line of its own reports each. */
export interface PhaseWords {
  words: Readonly<Record<string, string>>;
  /** No lines are printed before this phase: layers that are here already are of interest only beside others. */
  from?: string;
}

export const PULL_WORDS: PhaseWords = {
  words: { downloading: "Pulling fs layer", done: "Pull complete", exists: "Already exists" },
  from: "downloading",
};

export const PUSH_WORDS: PhaseWords = {
  words: { waiting: "Preparing", done: "Pushed", exists: "Layer already exists", mounted: "Mounted" },
};

/** Docker reports only the loaded images of an archive. */
const NO_WORDS: PhaseWords = { words: {} };

export interface ProgressOptions {
  words?: PhaseWords;
  print?: (line: string) => void;
}

/**
 * Shows the progress of a pull or push: a live line on a terminal, otherwise lines of layers in Docker's words; nothing
 * if quiet. The code for drawing is loaded on first use.
 */
export function createProgress(
  quiet: boolean,
  { words: { words, from } = NO_WORDS, print = printNotice }: ProgressOptions = {},
): Progress {
  if (quiet) return { report: () => undefined, end: () => undefined };
  const layers = new Map<string, Layer>();
  // With an unknown width, ora would clear lines endlessly.
  const live = process.stderr.isTTY && widthOf(process.stderr) !== undefined;
  const spinner = live ? import("ora").then(({ default: ora }) => ora) : undefined;
  let display: { text: string; stop: () => unknown } | undefined;
  let ended = false;
  let held: string[] | undefined = from === undefined ? undefined : [];

  function printPhase(digest: string, phase: string): void {
    const word = Object.hasOwn(words, phase) ? words[phase] : undefined;
    const lines = word === undefined ? [] : [`${digest.slice(7, 19)}: ${word}`];
    if (held !== undefined && phase !== from) held.push(...lines);
    else {
      for (const line of [...(held ?? []), ...lines]) print(line);
      held = undefined;
    }
  }

  // Layers that exist already do not count toward the rate.
  let moved = 0;
  const rate = createRate();

  function draw(): void {
    const text = describeProgress(layers, rate(moved, performance.now()));
    if (display) display.text = text;
    else {
      void spinner?.then((ora) => {
        if (!ended) display ??= ora({ text, discardStdin: false }).start();
      });
    }
  }

  return {
    report: (event) => {
      const before = layers.get(event.digest);
      const { current, total = before?.total ?? 0, phase } = event;
      layers.set(event.digest, { current, total, phase });
      if (phase !== "exists" && phase !== "mounted") moved += current - (before?.current ?? 0);
      if (live) draw();
      else if (before?.phase !== phase) printPhase(event.digest, phase);
    },
    end: () => {
      ended = true;
      display?.stop();
    },
  };
}
