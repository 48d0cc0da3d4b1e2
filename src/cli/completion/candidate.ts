/** A completion candidate. */
export interface Candidate {
  text: string;
  about?: string;
}

/** Tells the shell to complete file names. */
export const FILES: Candidate = { text: ":files" };

export const isFiles = ({ text }: Candidate): boolean => text === FILES.text;

export const plain = (words: readonly string[]): Candidate[] => words.map((text) => ({ text }));
