export const UNIT_TESTS: string[];
export function textOf(file: string): string;
export function reachOf(file: string, follow?: (file: string) => boolean): Set<string>;
export function nearestTests(file: string): string[];
