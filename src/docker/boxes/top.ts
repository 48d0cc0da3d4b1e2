import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import type { BoxProcesses, Process } from "../../engine/boxes.js";
import { formatTable } from "../table.js";

interface Moment {
  memoryKb: number;
  now: Date;
  /** CPU time and age of the process, in seconds. */
  cpu: number;
  age: number;
}

/** A heading, and a function that returns the cell for a process. */
type Column = [heading: string, cell: (process: Process, at: Moment) => string];

const two = (value: number) => String(value).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  return `${days > 0 ? `${days}-` : ""}${two(hours)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** As in ps: the time if it is today, otherwise the day. */
function startTime({ now, age }: Moment): string {
  const time = new Date(now.getTime() - age * 1000);
  if (time.toDateString() === now.toDateString()) return `${two(time.getHours())}:${two(time.getMinutes())}`;
  return `${MONTHS[time.getMonth()] ?? ""}${two(time.getDate())}`;
}

/** Name of a terminal by its device number, packed as in the kernel; major number 136 is a pseudo-terminal. */
function terminal({ terminal: number }: Process): string {
  const [major, minor] = [(number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00)];
  return major === 136 ? `pts/${minor}` : "?";
}

const share = (part: number, whole: number) => (whole > 0 ? (part / whole) * 100 : 0);
const cpuShare = (at: Moment) => share(at.cpu, at.age);
const args: Column[1] = ({ command }) => command;
const user: Column[1] = (process) => process.user;

const COLUMNS: Record<string, Column> = {
  user: ["USER", user],
  uid: ["UID", user],
  pid: ["PID", ({ pid }) => String(pid)],
  ppid: ["PPID", ({ parent }) => String(parent)],
  c: ["C", (_, at) => String(Math.min(99, Math.floor(cpuShare(at))))],
  pcpu: ["%CPU", (_, at) => cpuShare(at).toFixed(1)],
  pmem: ["%MEM", ({ residentKb }, { memoryKb }) => share(residentKb, memoryKb).toFixed(1)],
  vsz: ["VSZ", ({ sizeKb }) => String(sizeKb)],
  rss: ["RSS", ({ residentKb }) => String(residentKb)],
  tty: ["TTY", terminal],
  stat: ["STAT", ({ state }) => state],
  stime: ["STIME", (_, at) => startTime(at)],
  start: ["START", (_, at) => startTime(at)],
  time: ["TIME", (_, { cpu }) => clock(cpu)],
  etime: ["ELAPSED", (_, { age }) => clock(age)],
  ni: ["NI", ({ nice }) => String(nice)],
  nlwp: ["NLWP", ({ threads }) => String(threads)],
  cmd: ["CMD", args],
  args: ["COMMAND", args],
  comm: ["COMMAND", ({ command }) => (command.split(" ")[0] ?? "").replace(/.*\//, "")],
};
const ALIASES: Record<string, string> = {
  "%cpu": "pcpu",
  "%mem": "pmem",
  command: "args",
  s: "stat",
  state: "stat",
  tname: "tty",
  vsize: "vsz",
};

const FULL = ["uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd"];
const LONG = ["user", "pid", "pcpu", "pmem", "vsz", "rss", "tty", "stat", "start", "time", "args"];

function refuse(word: string): BoxError {
  return new BoxError("usage", `unsupported ps option ${quote(word)}`, {
    hint: `use -ef, aux, or -o with a list of ${Object.keys(COLUMNS).join(",")}`,
  });
}

/**
 * Parses options of ps(1) and returns the columns to show.
 * @throws BoxError usage
 */
export function chooseColumns(words: readonly string[]): string[] {
  let named = FULL;
  let listed: string[] | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (/^-?aux?(ww?)?$/.test(word)) named = LONG;
    else if (/^-[eo]*o/.test(word)) {
      const list = word.replace(/^-[eo]*?o/, "") || (words[++i] ?? "");
      listed = [...(listed ?? []), ...list.split(/[ ,]+/)];
    } else if (!/^-(ef|fe|e|f|A|Af|efww)$/.test(word)) throw refuse(word);
  }
  const columns = (listed ?? named).map((name) => {
    const column = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
    if (!Object.hasOwn(COLUMNS, column)) throw refuse(name);
    return column;
  });
  if (columns.includes("pid")) return columns;
  throw new BoxError("usage", "Couldn't find PID field in ps output", { hint: "add pid to the columns" });
}

/** Minimum width of a column with the gap after it, as in `docker top`. */
const MIN_WIDTH = 20;

/** The table of processes. @param columns from `chooseColumns` @param width columns of the terminal, if it is one */
export function psRows(
  columns: readonly string[],
  { ticksPerSecond, uptimeMs, list, memoryKb }: BoxProcesses,
  now: Date,
  width: number | undefined,
): string[] {
  const shown = columns.map((name) => COLUMNS[name]).filter((column) => column !== undefined);
  return formatTable(
    shown.map(([heading]) => heading),
    list.map((process) => {
      const age = Math.max(0, uptimeMs / 1000 - process.startedTicks / ticksPerSecond);
      const at = { memoryKb, now, age, cpu: process.cpuTicks / ticksPerSecond };
      return shown.map(([, cell]) => cell(process, at));
    }),
    width,
    MIN_WIDTH,
  );
}
