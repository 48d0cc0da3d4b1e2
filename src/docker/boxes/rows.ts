import { describeUnreadable } from "../../vm/box/find.js";
import { labelsOf } from "../../vm/box/labels.js";
import type { Box, BoxBytes, UnreadableBox } from "../../engine/boxes.js";
import type { Row } from "../format.js";
import { labelColumns } from "../labels.js";
import { quote } from "../template/quote.js";
import { formatListTime } from "../times.js";
import { formatDuration, formatSize } from "../units.js";
import { mountedIn } from "./mounts.js";
import { shortImage } from "./image-name.js";
import { networkNames } from "./network.js";
import { formatPorts } from "./port-list.js";

export { describeUnreadable };

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

function ellipsis(text: string, width: number): string {
  const characters = Array.from(text.slice(0, 2 * width + 2));
  return characters.length > width ? `${characters.slice(0, width - 1).join("")}…` : text;
}

/** As in Docker: arguments with a space are in quotation marks, and the whole is written like a string of Go. */
function formatCommand([program = "", ...args]: string[], trunc: boolean): string {
  const text = [program, ...args.map((word) => (word.includes(" ") ? `'${word}'` : word))].join(" ");
  return quote(trunc ? ellipsis(text, COMMAND_WIDTH) : text);
}

/** As in Docker, a box that its restart policy is about to restart counts as running. */
export function isRunning({ status }: Box["state"]): boolean {
  return status === "running" || status === "restarting";
}

/** As in Docker, a paused box is running but reported as paused, and one whose program could not be started as created. */
export function statusOf({ status, paused, neverRan }: Box["state"]): string {
  if (neverRan === true && status === "exited") return "created";
  return paused === true ? "paused" : status;
}

function formatHealth({ health }: Box["state"]): string {
  if (!health) return "";
  return ` (${health.status === "starting" ? "health: starting" : health.status})`;
}

function formatStatus({ state }: Box): string {
  const since = (time: string | undefined) => formatDuration(Date.now() - Date.parse(time ?? ""));
  if (state.paused === true) return `Up ${since(state.startedAt)} (Paused)`;
  if (state.status === "running") return `Up ${since(state.startedAt)}${formatHealth(state)}`;
  if (statusOf(state) === "created") return "Created";
  const what = state.status === "restarting" ? "Restarting" : "Exited";
  return `${what} (${state.exitCode ?? 0}) ${since(state.finishedAt)} ago`;
}

/** Fields of Docker's `ps --format`. */
export const BOX_FIELDS = [
  ...["Command", "CreatedAt", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Names", "Networks"],
  ...["Platform", "Ports", "RunningFor", "Size", "State", "Status"],
];

/**
 * The row for a box.
 * @param bytes sizes of its writable layer and its image, if they are to be shown
 */
export function describeRow(
  box: Box,
  { trunc, bytes }: { trunc: boolean; bytes?: BoxBytes | undefined },
): Row {
  const { record, state } = box;
  const { config } = record;
  return {
    Command: formatCommand(record.process.argv, trunc),
    // Lazy, since it may load the names of time zones.
    get CreatedAt() {
      return formatListTime(new Date(record.createdAt));
    },
    ID: trunc ? record.id.slice(0, 12) : record.id,
    Image: trunc ? shortImage(config.image, record.image.id) : config.image,
    ...labelColumns(labelsOf(record)),
    // Lazy, since it parses the record.
    get Mounts() {
      const { sources, tmpfs } = mountedIn(box);
      return [...sources, ...tmpfs].map((name) => (trunc ? ellipsis(name, MOUNT_WIDTH) : name)).join(",");
    },
    LocalVolumes: String(record.namedVolumes.length),
    Names: record.name,
    get Networks() {
      return networkNames(box).sort().join(",");
    },
    Platform: null,
    Ports: formatPorts(box),
    RunningFor: `${formatDuration(Date.now() - Date.parse(record.createdAt))} ago`,
    Size:
      bytes === undefined
        ? "0B"
        : `${formatSize(bytes.layer)} (virtual ${formatSize(bytes.layer + bytes.image)})`,
    State: statusOf(state),
    Status: formatStatus(box),
  };
}

/** A row without a box. */
const EMPTY_ROW: Row = {
  ...Object.fromEntries(BOX_FIELDS.map((field) => [field, ""])),
  ...labelColumns({}),
  Platform: null,
};

/**
 * A row to try templates with.
 * @param onSize called if the template shows the size, which takes time to measure
 */
export function sampleRow(onSize: () => void): Row {
  return {
    ...EMPTY_ROW,
    get Size() {
      onSize();
      return "";
    },
  };
}

/** The row for a box that cannot be read. */
export function unreadableRow({ id, name = "" }: UnreadableBox, trunc: boolean): Row {
  return {
    ...EMPTY_ROW,
    ID: trunc ? id.slice(0, 12) : id,
    Names: name,
    State: "unreadable",
    Status: "Unreadable",
  };
}
