/** The most recent figures of a kind. */
export interface Figures {
  add: (value: number) => void;
  /** The smallest value that at least this share of them does not exceed; undefined without figures. */
  quantile: (share: number) => number | undefined;
}

/** @param most how many are kept */
export function keepFigures(most: number): Figures {
  const values: number[] = [];
  return {
    add: (value) => {
      values.push(value);
      if (values.length > most) values.shift();
    },
    quantile: (share) => {
      const sorted = [...values].sort((a, b) => a - b);
      return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    },
  };
}
