/** Go's zero time, which tools write if the time is unknown. */
const ZERO = Date.parse("0001-01-01T00:00:00Z");

/** Returns the creation time of an image or a history step (ISO 8601) if it is valid and known. */
export function knownTime(created: string | null | undefined): string | undefined {
  // False for NaN as well.
  return Date.parse(created ?? "") > ZERO ? (created ?? undefined) : undefined;
}
