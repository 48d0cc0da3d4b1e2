import { BoxError } from "../../errors.js";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** A name without the slash that Docker's `inspect` shows before it: Docker's commands accept it with and without. */
export function withoutSlash(name: string): string {
  return name.replace(/^\//, "");
}

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
