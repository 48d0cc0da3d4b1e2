import { creationOf } from "../../vm/box/event.js";
import type { BoxRecord } from "../../vm/box/record.js";
import { CONTROL_VERSION } from "../../vm/protocol/control/table.js";
import type { NextStart } from "../../vm/launch.js";
import { Hole, HOLE_MARK } from "./table.js";

const MARK = String.fromCharCode(HOLE_MARK);
/** The mark as JSON writes it. */
const ESCAPED = JSON.stringify(MARK).slice(1, -1);

const hole = (kind: number) => MARK + String.fromCharCode(kind);
const valueHole = (index: number) => hole(Hole.value) + String.fromCharCode("0".charCodeAt(0) + index);

/** Marks the places of a box's ID in a text. Random digits are not there by chance. */
function markId(text: string, id: string): string {
  return text.replaceAll(id, hole(Hole.id)).replaceAll(id.slice(0, 12), hole(Hole.short));
}

/** Writes JSON with bare marks, and with the list of the command's words instead of the string that stands for it. */
function toText(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(`"${ESCAPED}${String.fromCharCode(Hole.command)}"`, hole(Hole.command))
    .replaceAll(ESCAPED, MARK);
}

/** Replaces the command's words at the end of a list. */
function withoutCommand(argv: readonly string[], cmd: readonly string[]): string[] {
  return cmd.length === 0 ? [...argv] : [...argv.slice(0, -cmd.length), hole(Hole.command)];
}

/** A record with holes for what is different for each box with the same flags, except for its ID. */
function markRecord(record: BoxRecord): BoxRecord {
  const { config, process: program } = record;
  const { cmd, extraEnv } = config;
  const places = new Map(
    extraEnv.map(([name, value], index) => [`${name}=${value}`, `${name}=${valueHole(index)}`]),
  );
  return {
    ...record,
    name: hole(Hole.name),
    createdAt: hole(Hole.time),
    runBy: hole(Hole.process),
    config: {
      ...config,
      cmd: withoutCommand(cmd, cmd),
      extraEnv: extraEnv.map(([name], index) => [name, valueHole(index)]),
    },
    process: {
      ...program,
      argv: withoutCommand(program.argv, cmd),
      env: program.env.map((entry) => places.get(entry) ?? entry),
    },
  };
}

/** Texts of a plan that have holes. */
export interface Marked {
  record: string;
  event: string;
}

export interface MarkedStart {
  request: string;
  words: string[];
}

/** Makes the holes in how a box is launched, if `markHoles` has made those of its record. */
export function markStart({ words, request }: NextStart, id: string): MarkedStart {
  const sent = { op: "launch", version: CONTROL_VERSION, ...request, record: hole(Hole.record) };
  const length = words.indexOf("--request") + 1;
  return {
    request: markId(toText(sent), id).replace(`"${hole(Hole.record)}"`, hole(Hole.record)),
    words: words.map((word, index) => (index === length ? hole(Hole.length) : markId(word, id))),
  };
}

/**
 * Makes the holes in what a box was started with.
 * @returns undefined if their places are not certain
 */
export function markHoles(record: BoxRecord, next: readonly NextStart[]): Marked | undefined {
  const { id, config, process: program } = record;
  const isMarked = JSON.stringify([record, next]).includes(ESCAPED);
  const kept = config.extraEnv.filter(([name, value]) => program.env.includes(`${name}=${value}`));
  const ending = program.argv.slice(program.argv.length - config.cmd.length);
  if (isMarked || kept.length !== config.extraEnv.length || ending.join("\0") !== config.cmd.join("\0"))
    return undefined;
  const event = { ...creationOf({ ...record, name: hole(Hole.name) }), time: hole(Hole.time) };
  return {
    record: markId(toText(markRecord(record)), id),
    event: `${markId(toText(event), id)}\n`,
  };
}
