import { BoxError } from "../../errors.js";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/;
/** Older versions of box accepted names of one character. */
const RECORDED = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** A name without the slash that Docker's `inspect` shows before it: Docker's commands accept it with and without. */
export function withoutSlash(name: string): string {
  return name.replace(/^\//, "");
}

/** Whether a name in a record is valid. */
export function isRecordedName(name: unknown): name is string {
  return typeof name === "string" && RECORDED.test(name);
}

/** @throws BoxError invalid-name */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  const shown = name.slice(0, 200);
  throw new BoxError(
    "invalid-name",
    `Invalid container name (${shown}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    {
      subject: "record.name",
      hint: "use 2 to 128 letters, digits, _ . and -, beginning with a letter or digit",
    },
  );
}
