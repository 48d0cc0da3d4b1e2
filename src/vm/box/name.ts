import { BoxError } from "../../errors.js";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

export function isName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/** @throws BoxError invalid-name */
export function checkName(name: string): void {
  const shown = name.slice(0, 200);
  if (isName(name)) return;
  throw new BoxError(
    "invalid-name",
    `Invalid container name (${shown}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    {
      subject: "record.name",
      hint: "use at most 128 letters, digits, _ . and -, beginning with a letter or digit",
    },
  );
}
