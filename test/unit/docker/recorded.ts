import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Area {
  cases: Record<string, { answers: { command: string; stdout?: string[] }[] }>;
}

/**
 * Docker's output in a case of test/diff for the first command that begins like this, with `<ID…>` and the like in
 * place of what varies.
 */
export function recorded(area: string, name: string, command: string): string {
  const path = join(import.meta.dirname, "..", "..", "diff", "answers", `${area}.json`);
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as Area;
  const found = cases[name]?.answers.find((answer) => answer.command.startsWith(command));
  if (found?.stdout === undefined) throw new Error(`no answer to ${command} in ${area}/${name}`);
  return found.stdout.join("\n").trim();
}
