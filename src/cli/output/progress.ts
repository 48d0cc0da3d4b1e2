import { printNotice } from "./print.js";
import { formatSize } from "../../docker/units.js";
import { widthOf } from "./width.js";

/** How a layer is getting on, on its way in or out. */
export interface TransferEvent {
  digest: string;
  /** Bytes so far. */
  current: number;
  total?: number;
  phase: string;
}

export interface Progress {
  report: (event: TransferEvent) => void;
  /** Takes the display away. */
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

/** Phases in which a layer needs nothing more. */
const FINISHED = new Set(["done", "exists", "mounted"]);
/** The rate is that of the last seconds: what a user waiting wants to know. */
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

/** @param rate bytes a second, when it is known */
export function describeProgress(layers: ReadonlyMap<string, Layer>, rate: number | undefined): string {
  const all = [...layers.values()];
  const current = all.reduce((sum, layer) => sum + layer.current, 0);
  const total = all.reduce((sum, layer) => sum + layer.total, 0);
  const done = all.filter(({ phase }) => FINISHED.has(phase)).length;
  const speed = rate === undefined ? "" : `, ${formatSize(Math.round(rate))}/s`;
  const bytes = `${formatSize(current)}/${formatSize(total)}`;
  return `${bar(current, total)} ${bytes}${speed}, ${done} of ${all.length} layers`;
}

/**
 * Shows a pull or push: one moving line on a terminal, a line for each layer that is done elsewhere, nothing when quiet.
 * What it takes to draw is loaded only when there is something to show.
 */
export function createProgress(quiet: boolean): Progress {
  if (quiet) return { report: () => undefined, end: () => undefined };
  const layers = new Map<string, Layer>();
  // Where the width is not known, ora would clear lines without end.
  const live = process.stderr.isTTY && widthOf(process.stderr) !== undefined;
  const spinner = live ? import("ora").then(({ default: ora }) => ora) : undefined;
  let display: { text: string; stop: () => unknown } | undefined;
  let ended = false;
  // What was here already did not travel: it does not count as speed.
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
      else if (before?.phase !== phase && phase !== "waiting") {
        printNotice(`${event.digest.slice(7, 19)}: ${phase}`);
      }
    },
    end: () => {
      ended = true;
      display?.stop();
    },
  };
}
