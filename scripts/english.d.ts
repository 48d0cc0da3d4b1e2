import type { Passage } from "./english/prose.js";

export interface Finding {
  line: number;
  phrase: string;
  instead: string;
  /** The place in PHRASES. */
  rule: number;
}

export function check(passages: readonly Passage[]): Finding[];
