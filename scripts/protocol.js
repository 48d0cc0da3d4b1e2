// Writes the constants of src/vm/protocol/*/table.ts as C headers to native/common. With --check, only checks that they
// are up to date.
import { transform } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** @typedef {Record<string, number>} Values */
/** @typedef {Record<string, { type: number, from: string, channel: string }>} Frames */

/**
 * The tables, and the names of their enums in C: the enum's tag and the prefix of its values.
 * @type {{ from: string, to: string, guard: string, enums: Record<string, [string, string]> }[]}
 */
const TABLES = [
  {
    from: "src/vm/protocol/guest/table.ts",
    to: "native/common/guest-protocol.h",
    guard: "GUEST_PROTOCOL_H",
    enums: {
      HelloTag: ["hello_tag", "HELLO"],
      ErrorTag: ["error_tag", "ERROR"],
      ConfigureTag: ["configure_tag", "CONFIGURE"],
      StartTag: ["start_tag", "START"],
      StartFlag: ["start_flag", "FLAG"],
      VolumeFlag: ["volume_flag", "VOLUME"],
      DeviceAccess: ["device_access", "DEVICE"],
      ArchiveKind: ["archive_kind", "ARCHIVE"],
      CopyKind: ["copy_kind", "COPY"],
      CopyFlag: ["copy_flag", "COPY_FLAG"],
      DialKind: ["dial_kind", "DIAL"],
      FileKind: ["file_kind", "FILE"],
      FileFlag: ["file_flag", "FILE_FLAG"],
      FileExit: ["file_exit", "FILE_EXIT"],
      EventType: ["event_type", "EVENT"],
      EntryType: ["entry_type", "ENTRY"],
      TaskKind: ["task_kind", "TASK"],
      LimitResource: ["limit_resource", "LIMIT"],
      NetworkAction: ["network_action", "NETWORK"],
      ExitKind: ["exit_kind", "EXIT"],
      ExitFlag: ["exit_flag", "EXIT_FLAG"],
    },
  },
  {
    from: "src/vm/protocol/control/table.ts",
    to: "native/common/control-protocol.h",
    guard: "CONTROL_PROTOCOL_H",
    enums: { Kind: ["kind", "KIND"] },
  },
  {
    from: "src/engine/plan/table.ts",
    to: "native/common/plan-format.h",
    guard: "PLAN_FORMAT_H",
    enums: { Field: ["plan_field", "PLAN"], Hole: ["hole", "HOLE"], Witness: ["witness_kind", "WITNESS"] },
  },
];

/** In C, none of these is a valid value for a START. */
const OPTIONAL = new Set(["ArchiveKind", "CopyKind", "DialKind", "FileKind", "TaskKind"]);
/** In C, these have a value with all bits set, to check against. */
const BITS = /(Flag|Access)$/;

/** @param {string} path @returns {Promise<{ FRAMES?: Frames, table: Record<string, number | Values> }>} */
async function read(path) {
  const { code } = await transform(await readFile(join(ROOT, path), "utf8"), { loader: "ts", format: "esm" });
  const { FRAMES, ...table } = /** @type {Record<string, number | Values> & { FRAMES: Frames }} */ (
    await import(`data:text/javascript,${encodeURIComponent(code)}`)
  );
  return { FRAMES, table };
}

/** @param {string} head @param {string[]} lines */
const block = (head, lines) => `${head} {\n${lines.map((line) => `    ${line},\n`).join("")}};\n`;

/** @param {string} name @param {[string, string]} words @param {Values} values */
function writeEnum(name, [tag, prefix], values) {
  const lines = Object.entries(values).map(([key, value]) => `${prefix}_${key.toUpperCase()} = ${value}`);
  if (OPTIONAL.has(name)) lines.unshift(`${prefix}_NONE = 0`);
  if (BITS.test(name))
    lines.push(`${prefix}_ALL = ${Object.values(values).reduce((all, bit) => all | bit, 0)}`);
  return block(`enum ${tag}`, lines);
}

/** Writes the frame types, and which of them the host may send. @param {Frames} frames */
function writeFrames(frames) {
  const all = Object.entries(frames);
  /** @param {string} channel */
  const cases = (channel) =>
    all
      .filter(([, frame]) => frame.from !== "guest" && frame.channel === channel)
      .map(([name]) => `    case FRAME_${name}:\n`)
      .join("");
  return [
    block(
      "enum frame_type",
      all.map(([name, { type }]) => `FRAME_${name} = 0x${type.toString(16).padStart(2, "0")}`),
    ),
    `// Whether the host may send a frame of this type on this channel.
static inline bool may_come_from_host(uint8_t type, uint16_t channel) {
    switch (type) {
${cases("0")}        return channel == 0;
${cases("n")}        return channel != 0;
    default:
        return false;
    }
}
`,
  ];
}

/** @param {(typeof TABLES)[number]} target @param {Awaited<ReturnType<typeof read>>} source */
function write({ from, guard, enums }, { FRAMES, table }) {
  const numbers = Object.entries(table).flatMap(([name, value]) =>
    typeof value === "number" ? [{ name, value }] : [],
  );
  const named = [...numbers.map(({ name }) => name), ...Object.keys(enums)];
  const unknown = Object.keys(table).filter((name) => !named.includes(name));
  if (unknown.length > 0) throw new Error(`${from}: ${unknown.join(", ")}: unknown to scripts/protocol.js`);
  return [
    `// Written by \`npm run protocol\` from ${from}.\n#ifndef ${guard}\n#define ${guard}\n`,
    ...(FRAMES ? ["#include <stdbool.h>\n#include <stdint.h>\n"] : []),
    block(
      "enum",
      numbers.map(({ name, value }) => `${name} = ${value}`),
    ),
    ...(FRAMES ? writeFrames(FRAMES) : []),
    ...Object.entries(enums).map(([name, words]) =>
      writeEnum(name, words, /** @type {Values} */ (table[name])),
    ),
    "#endif\n",
  ].join("\n");
}

for (const table of TABLES) {
  const text = write(table, await read(table.from));
  const path = join(ROOT, table.to);
  if (!process.argv.includes("--check")) await writeFile(path, text);
  else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`${table.to} does not match ${table.from}: run \`npm run protocol\``);
    process.exitCode = 1;
  }
}
