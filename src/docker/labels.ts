/** Columns of a list for labels: all of them, and the function that finds one for a template. */
export function labelColumns(labels: Readonly<Record<string, string>>) {
  return {
    Labels: Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(","),
    Label: (name: string) => (Object.hasOwn(labels, name) ? (labels[name] ?? "") : ""),
  };
}
