/** Go's templates write names with a capital; what JSON calls `driver` may be asked for as `.Driver` too. */
export function withCapitals<T extends object>(fields: T): T {
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === "object" && value !== null) withCapitals(value);
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    if (!Object.hasOwn(fields, capital)) Object.defineProperty(fields, capital, { value });
  }
  return fields;
}
