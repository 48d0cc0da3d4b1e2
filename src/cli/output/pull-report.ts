import { describeMissing, describePull, describePulled } from "../../docker/images/pull-lines.js";
import type { PullEvent, PullStep } from "../../engine/engine.js";
import { createProgress, PULL_WORDS, type Progress } from "./progress.js";

export interface PullReport extends Omit<Progress, "report"> {
  onProgress: (event: PullEvent) => void;
  onStep: (step: PullStep) => void;
}

export interface PullReportOptions {
  quiet: boolean;
  /** Prints a line; Docker's `pull` prints to stdout, all others to stderr. */
  print: (line: string) => void;
  /** Whether the tag is one of several, whose status is reported together. */
  several?: boolean | undefined;
}

/** Reports a pull in Docker's words. */
export function reportPull({ quiet, print, several = false }: PullReportOptions): PullReport {
  const progress = createProgress(quiet, { words: PULL_WORDS, print });
  return {
    onProgress: progress.report,
    onStep: (step) => {
      if (quiet) return;
      const { kind, reference } = step;
      if (kind === "missing") print(describeMissing(reference));
      else if (kind === "resolved") print(describePull(reference));
      else {
        progress.end();
        const [digest = "", status = ""] = describePulled(reference, step.digest, step.isNew);
        print(digest);
        if (!several) print(status);
      }
    },
    end: progress.end,
  };
}
