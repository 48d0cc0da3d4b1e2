import type { Membership, NamesOn } from "../../net/membership.js";
import type { ExecProgram, NetworkChange, Request } from "../protocol/control/wire.js";
import { CONTROL_VERSION } from "../protocol/control/table.js";
import { FILE_KINDS, isFileRequest, type FileRequest } from "../protocol/guest/file-request.js";
import type { Copy, TarCopy, Task, TerminalSize } from "../protocol/guest/messages.js";

/** An invalid request; the reason is reported to its sender. */
export class BadRequest extends Error {
  override name = "BadRequest";
}

/** A request from a newer version of box. */
export class NewerRequest extends Error {
  override name = "NewerRequest";
}

/** Validates a value and drops unknown fields. @throws BadRequest */
type Read<T> = (value: unknown, place: string) => T;

function reject(place: string, wanted: string): never {
  throw new BadRequest(`${place} is not ${wanted}`);
}

const whole =
  (least: number, most: number): Read<number> =>
  (value, place) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? Number(value)
      : reject(place, `a whole number from ${least} to ${most}`);

const milliseconds: Read<number> = (value, place) =>
  Number.isFinite(value) && Number(value) >= 0 ? Number(value) : reject(place, "a duration in milliseconds");

const flag: Read<boolean> = (value, place) =>
  typeof value === "boolean" ? value : reject(place, "true or false");

/** NUL is rejected because strings are NUL-terminated in the guest protocol. */
const text: Read<string> = (value, place) =>
  typeof value === "string" && !value.includes("\0") ? value : reject(place, "a string without NUL");

const texts: Read<string[]> = (value, place) =>
  Array.isArray(value)
    ? value.map((item, index) => text(item, `${place}[${index}]`))
    : reject(place, "a list of strings");

const oneOf =
  <T>(...values: T[]): Read<T> =>
  (value, place) =>
    values.find((one) => one === value) ?? reject(place, `one of ${JSON.stringify(values)}`);

const optional =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value, place) =>
    value === undefined ? undefined : read(value, place);

const record =
  <T>(fields: { [Name in keyof T]-?: Read<T[Name] | undefined> }): Read<T> =>
  (value, place) => {
    if (typeof value !== "object" || value === null) reject(place, "an object");
    const entries = Object.entries<Read<unknown>>(fields).map(
      ([name, read]) => [name, read((value as Record<string, unknown>)[name], name)] as const,
    );
    return Object.fromEntries(entries.filter(([, field]) => field !== undefined)) as T;
  };

const signal = whole(1, 64);
const size = record<TerminalSize>({ rows: whole(0, 0xffff), columns: whole(0, 0xffff) });

const program = record<ExecProgram>({
  argv: texts,
  env: texts,
  cwd: optional(text),
  user: optional(text),
  stdin: flag,
  terminal: optional(size),
  privileged: flag,
});

const tarCopy = record<TarCopy>({
  kind: oneOf("read", "write", "look"),
  path: text,
  name: text,
  follow: flag,
  keepOwners: flag,
});
const fileRequest = record<FileRequest>({
  kind: oneOf(...FILE_KINDS),
  path: text,
  to: optional(text),
  follow: optional(flag),
  parents: optional(flag),
  recursive: optional(flag),
  append: optional(flag),
  mode: optional(whole(0, 0o7777)),
  offset: optional(whole(0, Number.MAX_SAFE_INTEGER)),
  length: optional(whole(0, Number.MAX_SAFE_INTEGER)),
});
const copy: Read<Copy> = (value, place) =>
  isFileRequest({ kind: String((value as Partial<Copy> | null | undefined)?.kind) })
    ? fileRequest(value, place)
    : tarCopy(value, place);

const simpleTask = record<Exclude<Task, { kind: "limit" | "network" }>>({
  kind: oneOf("freeze", "thaw", "processes", "usage"),
});
const limitTask = record<Extract<Task, { kind: "limit" }>>({
  kind: oneOf("limit"),
  resource: oneOf("pids", "cpu"),
  value: whole(0, 0xffff_ffff),
});
const task: Read<Task> = (value, place) =>
  (value as Partial<Task> | null | undefined)?.kind === "limit"
    ? limitTask(value, place)
    : simpleTask(value, place);

const list =
  <T>(read: Read<T>): Read<T[]> =>
  (value, place) =>
    Array.isArray(value)
      ? value.map((item, index) => read(item, `${place}[${index}]`))
      : reject(place, "a list");

const membership = record<Membership>({
  network: text,
  key: text,
  subnet: text,
  gateway: text,
  address: optional(text),
  names: texts,
  links: optional(list(record({ alias: text, target: text }))),
});
const networkChange = record<NetworkChange>({
  enter: optional(membership),
  leave: optional(record({ network: text, key: text })),
});
const namesOn = record<NamesOn>({ network: text, key: text, names: texts });

type Of<Op extends Request["op"]> = Extract<Request, { op: Op }>;

const REQUESTS: { [Op in Request["op"]]: Read<Of<Op>> } = {
  attach: record<Of<"attach">>({ op: oneOf("attach"), stdin: flag }),
  signal: record<Of<"signal">>({ op: oneOf("signal"), signal }),
  stop: record<Of<"stop">>({
    op: oneOf("stop"),
    signal,
    timeoutMs: milliseconds,
    again: optional(oneOf(true)),
  }),
  extend: record<Of<"extend">>({ op: oneOf("extend"), byMs: milliseconds }),
  networks: record<Of<"networks">>({ op: oneOf("networks"), change: networkChange }),
  names: record<Of<"names">>({ op: oneOf("names"), names: list(namesOn) }),
  resize: record<Of<"resize">>({ op: oneOf("resize"), size }),
  detach: record<Of<"detach">>({ op: oneOf("detach") }),
  archive: record<Of<"archive">>({
    op: oneOf("archive"),
    what: oneOf("root", "changes", "still-changes"),
  }),
  copy: record<Of<"copy">>({ op: oneOf("copy"), copy }),
  task: record<Of<"task">>({ op: oneOf("task"), task }),
  exec: record<Of<"exec">>({ op: oneOf("exec"), program, sidecar: optional(oneOf(true)) }),
};

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return reject("the request", "JSON");
  }
}

/**
 * Parses a request from a command. Commands are part of box; invalid requests come from another version of it, or from
 * a faulty program of the same user.
 * @throws BadRequest, NewerRequest
 */
export function readRequest(json: string): Request {
  const value = parse(json);
  const { op, version = 1 } = (value ?? {}) as { op?: Request["op"]; version?: unknown };
  if (typeof version !== "number") return reject("version", "a number");
  if (version > CONTROL_VERSION) throw new NewerRequest(`request with version ${version}`);
  if (typeof op !== "string" || !Object.hasOwn(REQUESTS, op)) return reject("op", "a known operation");
  return REQUESTS[op](value, "the request");
}
