/** Whether a version such as 7.2.22 is at least a given one. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number));
  for (const [index, number] of (want ?? []).entries()) {
    const other = have?.[index] ?? 0;
    if (other !== number) return other > number;
  }
  return true;
}
