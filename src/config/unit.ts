/** The units of fields, by the end of their names. */
const UNITS: readonly (readonly [end: string, unit: string])[] = [
  ["Mb", " MiB"],
  ["Secs", " s"],
];

/** Returns the unit of a field, to be put after a number; empty if it has none. */
export function unitOf(field: string): string {
  return UNITS.find(([end]) => field.endsWith(end))?.[1] ?? "";
}
