/** A word that completion offers. */
export interface Candidate {
  text: string;
  about?: string;
}

/** Tells the shell to complete paths. */
export const FILES: Candidate = { text: ":files" };

export const isFiles = ({ text }: Candidate): boolean => text === FILES.text;

export const plain = (words: readonly string[]): Candidate[] => words.map((text) => ({ text }));
