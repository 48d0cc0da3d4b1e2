/** Makes fields available to Go templates under capitalized names too, such as `.Driver` for `driver`. */
export function withCapitals<T extends object>(fields: T): T {
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === "object" && value !== null) withCapitals(value);
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    if (!Object.hasOwn(fields, capital)) Object.defineProperty(fields, capital, { value });
  }
  return fields;
}
