import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** The highest CPU number that Linux supports (NR_CPUS is at most 8192). */
const LAST_CPU = 8191;

/**
 * Parses a list of CPUs, `0,2-4`.
 * @returns the numbers, ascending and without duplicates.
 * @throws BoxError invalid-cpuset
 */
export function parseCpuset(text: string): number[] {
  const cpus = new Set<number>();
  // Longer than a list of all CPUs one by one.
  const parts = text.length <= 65_536 ? text.split(",") : [""];
  for (const part of parts) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    const first = Number(match?.[1] ?? NaN);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (!(first <= last && last <= LAST_CPU)) {
      throw new BoxError("invalid-cpuset", `${quote(text)} is not a list of CPUs`, {
        hint: "write numbers and ranges, such as 0,2-4",
      });
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The shortest notation of ascending numbers; `parseCpuset(formatCpuset(c))` gives `c`. */
export function formatCpuset(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < cpus.length;) {
    let end = i;
    while (cpus[end + 1] === (cpus[end] ?? NaN) + 1) end++;
    parts.push(end === i ? `${cpus[i] ?? ""}` : `${cpus[i] ?? ""}-${cpus[end] ?? ""}`);
    i = end + 1;
  }
  return parts.join(",");
}
