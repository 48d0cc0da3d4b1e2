/** The flag that fills a field of the configuration, such as `record.name`; anything else is named already. */
const FLAGS: Readonly<Record<string, string>> = {
  "record.name": "--name",
};

export function flagOf(subject: string): string {
  return FLAGS[subject] ?? subject;
}
