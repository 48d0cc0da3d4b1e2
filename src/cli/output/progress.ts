import type { PullEvent } from "../../oci/images.js";
import { printNotice } from "./print.js";
import { formatSize } from "./table.js";

export interface Progress {
  report: (event: PullEvent) => void;
  /** Takes the display away. */
  end: () => void;
}

interface Layer {
  current: number;
  total: number;
  phase: string;
}

const BAR = 24;

function bar(current: number, total: number): string {
  const filled = total > 0 ? Math.min(BAR, Math.round((current / total) * BAR)) : 0;
  return `[${"=".repeat(filled)}${" ".repeat(BAR - filled)}]`;
}

function describe(layers: Map<string, Layer>): string {
  const all = [...layers.values()];
  const current = all.reduce((sum, layer) => sum + layer.current, 0);
  const total = all.reduce((sum, layer) => sum + layer.total, 0);
  const done = all.filter(({ phase }) => phase === "done" || phase === "exists").length;
  return `${bar(current, total)} ${formatSize(current)}/${formatSize(total)}, ${done} of ${all.length} layers`;
}

/**
 * Shows a pull: one moving line on a terminal, a line for each layer that is done elsewhere, nothing when quiet.
 * What it takes to draw is loaded only when there is something to show.
 */
export function createProgress(quiet: boolean): Progress {
  if (quiet) return { report: () => undefined, end: () => undefined };
  const layers = new Map<string, Layer>();
  const spinner = process.stderr.isTTY ? import("ora").then(({ default: ora }) => ora) : undefined;
  let display: { text: string; stop: () => unknown } | undefined;
  let ended = false;

  function draw(): void {
    if (display) display.text = describe(layers);
    else {
      void spinner?.then((ora) => {
        if (!ended) display ??= ora({ text: describe(layers), discardStdin: false }).start();
      });
    }
  }

  return {
    report: (event) => {
      const before = layers.get(event.digest);
      const { current, total = before?.total ?? 0, phase } = event;
      layers.set(event.digest, { current, total, phase });
      if (process.stderr.isTTY) draw();
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
