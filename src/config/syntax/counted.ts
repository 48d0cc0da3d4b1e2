/** A number and its noun, for messages: `1 layer`, `2 layers`. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count} ${count === 1 ? singular : plural}`;
