import * as z from "zod/mini";
import { explainIssue } from "../config/explain-issue.js";
import { quote } from "../config/syntax/quote.js";
import { BoxError } from "../errors.js";
import { isInput } from "./stdin.js";

// Checks of the arguments that programs pass: JavaScript callers have no types that enforce them.

/** Limit of timers and of `resources.timeout`. */
const LONGEST_MS = 2_147_483_000;

const isSignal = (value: unknown) => typeof value === "object" && value !== null && "aborted" in value;
const hasVariables = (env: object) => Object.keys(env).every((name) => /^[^=\0]+$/.test(name));
const isFields = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const isEngine = (value: unknown) =>
  typeof value === "object" && value !== null && "boxes" in value && "system" in value;
const isFunction = (value: unknown) => typeof value === "function";
const isName = (value: unknown) => typeof value === "string" || typeof value === "number";
const isTime = (value: unknown) =>
  (typeof value === "number" || value instanceof Date) && !Number.isNaN(value.valueOf());

const text = z.string().check(z.refine((value) => !value.includes("\0"), "contains a NUL byte"));
const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
const flag = z.optional(z.boolean());
const milliseconds = z.optional(z.number().check(z.minimum(0), z.maximum(LONGEST_MS)));
const signal = z.optional(z.custom(isSignal, "is not an AbortSignal"));
const handler = z.optional(z.custom(isFunction, "is not a function"));
const encoding = z.optional(z.enum(["utf8", "buffer"]));
const time = z.optional(z.custom(isTime, "is not a time"));
const port = whole(1, 65_535);
const engine = z.optional(z.custom(isEngine, "is not an engine"));
// An array spread over the defaults would pass as an object.
const fields = z.optional(z.custom(isFields, "is not an object"));
const isStdin = (value: unknown) => value === undefined || value === true || isInput(value);

/** Options of `create` other than the box's configuration, which is checked separately. */
export const CREATE = z.looseObject({
  engine,
  record: fields,
  resources: fields,
  cache: fields,
  pull: z.optional(z.enum(["always", "missing", "never"])),
  vmm: z.optional(z.enum(["krun", "qemu"])),
  platform: z.optional(text),
  verify: z.optional(text),
  timeoutMs: milliseconds,
  onProgress: handler,
  signal,
});

/** Options of `openEngine`. */
export const ENGINE = z.strictObject({
  home: z.optional(text),
  runtime: z.optional(text),
  env: z.optional(z.record(z.string(), z.optional(text))),
  onWarning: handler,
});

export const SIZE = z.strictObject({ rows: whole(1, 65_535), columns: whole(1, 65_535) });

export const EXEC = z.strictObject({
  command: text,
  args: z.array(text),
  env: z.optional(z.record(z.string(), text).check(z.refine(hasVariables, "has an invalid variable name"))),
  cwd: z.optional(text.check(z.refine((path) => path.startsWith("/"), "is not an absolute path"))),
  user: z.optional(text),
  tty: z.optional(z.union([z.boolean(), SIZE])),
  privileged: flag,
  sidecar: flag,
  stdin: z.optional(z.custom(isStdin, "is not a string, bytes or an async iterable of these")),
  encoding,
  maxBytes: z.optional(z.number().check(z.minimum(0))),
  signal,
  timeoutMs: milliseconds,
});

export const LOGS = z.strictObject({
  sidecar: flag,
  follow: flag,
  since: time,
  until: time,
  tail: z.optional(whole(0, Number.MAX_SAFE_INTEGER)),
  encoding,
  signal,
});

/** Arguments of the methods of Box, by method. */
export const BOX = {
  get: z.strictObject({ nameOrId: text, engine }),
  list: z.strictObject({ engine }),
  stats: z.strictObject({ signal }),
  port: z.strictObject({ port, protocol: z.enum(["tcp", "udp"]) }),
  start: z.strictObject({ signal }),
  stop: z.strictObject({ timeoutMs: milliseconds, signal }),
  extendTimeout: z.strictObject({ byMs: z.number().check(z.minimum(0), z.maximum(LONGEST_MS)) }),
  kill: z.strictObject({ signal: z.custom(isName, "is not a signal's name or number") }),
  commit: z.strictObject({
    name: z.optional(text),
    author: z.optional(text),
    message: z.optional(text),
    changes: z.optional(z.array(text)),
    pause: flag,
  }),
  wait: z.strictObject({ signal }),
  remove: z.strictObject({ force: flag, volumes: flag }),
};

// The range of a mode is checked by the engine.
const mode = z.optional(z.number());

/** Options of the methods of Files. */
export const FILES = {
  read: z.strictObject({ encoding, signal }),
  write: z.strictObject({ mode, append: flag, signal }),
  mkdir: z.strictObject({ parents: flag, mode, signal }),
  remove: z.strictObject({ recursive: flag, force: flag, signal }),
  watch: z.strictObject({ recursive: flag, onReady: handler, signal }),
  transfer: z.strictObject({ follow: flag, keepOwners: flag }),
  other: z.strictObject({ signal }),
};

const HOST_PATH = z.strictObject({ hostPath: text });

export const WAIT = z.strictObject({ timeoutMs: milliseconds, signal });

/** The kinds of conditions. */
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
      "is not a string or RegExp",
    ),
  }),
  healthy: z.strictObject({ healthy: z.literal(true) }),
};

/**
 * Checks an argument that a program has passed.
 * @param name how messages refer to it
 * @throws BoxError invalid-option
 */
export function check(schema: z.ZodMiniType, value: unknown, name: string): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (!issue) return;
  const { subject, reason } = explainIssue(value, issue, name);
  throw new BoxError("invalid-option", reason, { subject });
}

/**
 * Checks a path in a box.
 * @throws BoxError invalid-option, invalid-path
 */
export function checkPath(path: unknown, name = "path"): void {
  check(z.strictObject({ [name]: z.string() }), { [name]: path }, name);
  if (typeof path === "string" && !path.startsWith("/"))
    throw new BoxError("invalid-path", `${quote(path)} is not an absolute path`, { subject: name });
}

/** @throws BoxError invalid-option */
export function checkHostPath(path: unknown): void {
  check(HOST_PATH, { hostPath: path }, "hostPath");
}

/** @throws BoxError invalid-option */
export function checkCondition(condition: unknown): void {
  const [kind, ...more] = Object.keys(condition ?? {});
  const known = Object.entries(CONDITIONS).find(([name]) => name === kind);
  if (known === undefined || more.length > 0) {
    const names = Object.keys(CONDITIONS).join(", ");
    throw new BoxError("invalid-option", `condition: must have exactly one of ${names}`);
  }
  check(known[1], condition, "condition");
}
