/** The words for a boolean that Go's strconv.ParseBool accepts, and therefore every flag of Docker. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

/** Parses a boolean as Go does; undefined if it is not one. */
export function parseBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text);
}
