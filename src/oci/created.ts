/** Go's zero time, which tools write when they know none. */
const ZERO = Date.parse("0001-01-01T00:00:00Z");

/** When an image or a step of it was made, as it says itself (ISO 8601); undefined when that is no time. */
export function knownTime(created: string | null | undefined): string | undefined {
  // NaN is not greater either.
  return Date.parse(created ?? "") > ZERO ? (created ?? undefined) : undefined;
}
