import type { Kind } from "./prose.js";

export interface Phrase {
  pattern: RegExp;
  instead: string;
  begins?: true;
  only?: Kind[];
  allowed?: number;
  found: string[];
  fine: string[];
}

export const PHRASES: Phrase[];
