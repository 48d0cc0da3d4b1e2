export type Kind = "comment" | "message" | "title" | "paragraph" | "heading" | "cell";

export interface Passage {
  kind: Kind;
  text: string;
  /** The line number of each character. */
  lines: number[];
}

export function proseOf(path: string): Promise<Passage[]>;
