import * as z from "zod/mini";
import { explainIssue } from "../config/explain-issue.js";
import { BoxError } from "../errors.js";

// What programs hand over: one in JavaScript has no types that hold it to them.

/** What timers and `resources.timeout` can count. */
const LONGEST_MS = 2_147_483_000;

const isSignal = (value: unknown) => typeof value === "object" && value !== null && "aborted" in value;
const hasVariables = (env: object) => Object.keys(env).every((name) => /^[^=\0]+$/.test(name));
const isFunction = (value: unknown) => typeof value === "function";
const isTime = (value: unknown) =>
  (typeof value === "number" || value instanceof Date) && !Number.isNaN(value.valueOf());

const text = z.string().check(z.refine((value) => !value.includes("\0"), "has a NUL byte in it"));
const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
const flag = z.optional(z.boolean());
const milliseconds = z.optional(z.number().check(z.minimum(0), z.maximum(LONGEST_MS)));
const signal = z.optional(z.custom(isSignal, "is not an AbortSignal"));
const encoding = z.optional(z.enum(["utf8", "buffer"]));
const time = z.optional(z.custom(isTime, "is not a time"));
const port = whole(1, 65_535);

/** Fields beside those of the box's configuration, which is checked by itself. */
export const CREATE = z.looseObject({
  pull: z.optional(z.enum(["always", "missing", "never"])),
  vmm: z.optional(z.enum(["krun", "qemu"])),
  verify: z.optional(text),
  timeoutMs: milliseconds,
  onProgress: z.optional(z.custom(isFunction, "is not a function")),
  signal,
});

export const EXEC = z.strictObject({
  command: text,
  args: z.array(text),
  env: z.optional(
    z.record(z.string(), text).check(z.refine(hasVariables, "has a name that no variable can have")),
  ),
  cwd: z.optional(text.check(z.refine((path) => path.startsWith("/"), "is not an absolute path"))),
  user: z.optional(text),
  tty: z.optional(
    z.union([z.boolean(), z.strictObject({ rows: whole(1, 65_535), columns: whole(1, 65_535) })]),
  ),
  privileged: flag,
  stdin: z.optional(z.unknown()),
  encoding,
  maxBytes: z.optional(z.number().check(z.minimum(0))),
  signal,
  timeoutMs: milliseconds,
});

export const LOGS = z.strictObject({
  follow: flag,
  since: time,
  until: time,
  tail: z.optional(whole(0, Number.MAX_SAFE_INTEGER)),
  encoding,
  signal,
});

export const WAIT = z.strictObject({ timeoutMs: milliseconds, signal });

/** One of these is a condition. */
export const CONDITIONS = {
  port: z.strictObject({ port }),
  http: z.strictObject({
    http: z.union([
      port,
      z.strictObject({ port, path: z.optional(text), status: z.optional(whole(100, 599)) }),
    ]),
  }),
  log: z.strictObject({
    log: z.custom(
      (value) => typeof value === "string" || value instanceof RegExp,
      "is neither text nor RegExp",
    ),
  }),
  healthy: z.strictObject({ healthy: z.literal(true) }),
};

/**
 * Checks what a program has handed over.
 * @param name what it is called
 * @throws BoxError invalid-option
 */
export function check(schema: z.ZodMiniType, value: unknown, name: string): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue) throw new BoxError("invalid-option", explainIssue(value, issue, name));
}

/** @throws BoxError invalid-option */
export function checkCondition(condition: unknown): void {
  const [kind, ...more] = Object.keys(condition ?? {});
  const known = Object.entries(CONDITIONS).find(([name]) => name === kind);
  if (known === undefined || more.length > 0) {
    const names = Object.keys(CONDITIONS).join(", ");
    throw new BoxError("invalid-option", `the condition is not one of ${names}`);
  }
  check(known[1], condition, "the condition");
}
