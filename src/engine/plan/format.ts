import type { Marked, MarkedStart } from "./holes.js";
import { Field, PLAN_VERSION } from "./table.js";
import type { Observation } from "./witnesses.js";

/** A way to start the VM, and what it depends on in addition. */
export interface PlannedStart extends MarkedStart {
  /** The file that the writable layer is a copy of. */
  layer: string;
  witnesses: Observation[];
}

/** How a command line was run, for the next time (native/client/run/plan.h). */
export interface Plan extends Marked {
  key: string;
  home: string;
  runtime: string;
  qualities: string;
  things: string;
  removal: string;
  /** Files whose modification time tells when they were used last. */
  used: string[];
  leases: string[];
  witnesses: Observation[];
  /** The first one whose witnesses hold is taken. */
  starts: PlannedStart[];
  /** For a box in a VM of a pool, which has no words: the pool, and the request to its keeper. */
  pool?: string;
  ask?: string;
}

/** Fields that occur once. */
const ONCE = [
  ...(["key", "home", "runtime", "qualities", "things"] as const),
  ...(["record", "event", "removal"] as const),
];
const LIMIT = 1 << 18;
const MASK = (1n << 64n) - 1n;

/** FNV-1a, as in native/client/run/digest.c. */
function digestOf(bytes: Uint8Array): string {
  let digest = 0xcbf29ce484222325n;
  for (const byte of bytes) digest = ((digest ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return digest.toString(16).padStart(16, "0");
}

/** @returns undefined if the client could not read it: a text has a NUL, a path has a newline, or there is too much */
export function encodePlan(plan: Plan): Buffer | undefined {
  const textsOf = (witnesses: Observation[]) =>
    witnesses.map(({ kind, path, found }) => `${String.fromCharCode(kind)}${path}\n${found}`);
  const once = ONCE.map((name): [number, string] => [Field[name], plan[name]]);
  const pooled = (["pool", "ask"] as const).flatMap((name): [number, string][] =>
    plan[name] === undefined ? [] : [[Field[name], plan[name]]],
  );
  const many = (kind: number, texts: string[]) => texts.map((text): [number, string] => [kind, text]);
  const fields = [
    ...once,
    ...pooled,
    ...many(Field.used, plan.used),
    ...many(Field.lease, plan.leases),
    ...many(Field.witness, textsOf(plan.witnesses)),
    ...plan.starts.flatMap(({ layer, request, words, witnesses }): [number, string][] => [
      [Field.way, ""],
      [Field.layer, layer],
      [Field.request, request],
      ...many(Field.word, words),
      ...many(Field.witness, textsOf(witnesses)),
    ]),
  ];
  const witnesses = [plan, ...plan.starts].flatMap((each) => each.witnesses);
  if (witnesses.some(({ path }) => path.includes("\n"))) return undefined;
  if (fields.some(([, text]) => text.includes("\0"))) return undefined;
  const body = Buffer.from(fields.map(([kind, text]) => `${String.fromCharCode(kind)}${text}\0`).join(""));
  const head = Buffer.from(`box-plan ${PLAN_VERSION} ${digestOf(body)}\0`);
  return head.length + body.length < LIMIT ? Buffer.concat([head, body]) : undefined;
}
