// Replaces values that vary from run to run with placeholders, so that answers can be compared and stored. Equal IDs,
// addresses and ports of a case get equal placeholders, named after the command that showed them first: a value that only
// Docker prints does not rename all later ones.

/**
 * @typedef {object} Surroundings
 * @property {[string, string][]} texts literal replacements: directories, hosts, ports
 */

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;
const SPACED_TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4} [A-Z]+)?/g;
const ANSI_TIME = /\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}\b/g;
const SPAN =
  "(?:Less than a second|About an? (?:minute|hour)|\\d+ (?:seconds?|minutes?|hours|days|weeks|months|years))";
const AGE = new RegExp(`\\b${SPAN} ago\\b`, "g");
const UPTIME = new RegExp(`\\bUp ${SPAN}\\b`, "g");
const SIZE = /(?<![\w.])\d+(\.\d+)? ?(?:[kKMGT]i?)?B\b/g;
const BYTES = /("(?:Size|VirtualSize|SharedSize|SizeRw|SizeRootFs|UniqueSize|LayersSize)": ?)-?\d+/g;
const PID = /("Pid": ?)[1-9]\d*/g;
const EPOCH = /\b1[789]\d{8}(\.\d{9})?\b/g;
const NANOSECONDS = /\b1[789]\d{17}\b/g;
/** A name that Docker or box makes up, alone on its line. */
const GENERATED_NAME = /^\/?([a-z]{3,}_[a-z]{3,}(?:_[0-9a-f]{4}|\d)?)$/gm;
/** Times that a program or Docker sets, not the clock. */
const NO_TIME = /^(0001|1970)-/;

/** The precision of a time: Go prints nine digits, without trailing zeros. */
const fraction = (/** @type {string | undefined} */ digits) =>
  digits === undefined ? "" : digits.length > 7 ? ".n" : `.${digits.length - 1}`;

/** @param {Surroundings} surroundings of one side and case */
export function equaliser({ texts }) {
  /** @type {Map<string, string>} */
  const known = new Map();
  /** @type {Set<string>} */
  const names = new Set();
  let command = 0;
  let seen = 0;
  const named = (/** @type {string} */ kind, /** @type {string} */ value) => {
    const key = `${kind} ${value}`;
    const placeholder = known.get(key) ?? `${kind}${command}.${++seen}`;
    known.set(key, placeholder);
    return placeholder;
  };
  /** @param {string} id of 64 or 12 digits */
  const nameOfId = (id) => {
    const short = id.slice(0, 12);
    return `<${id.length === 64 ? "ID" : "id"}${named("", short)}>`;
  };

  /** @param {string} text */
  const equalise = (text) => {
    let result = text;
    for (const [from, to] of texts) {
      // The digits of a port may also be part of an ID.
      const isPort = /^\d+$/.test(from);
      result = result.replaceAll(isPort ? new RegExp(`(?<![0-9a-f])${from}(?![0-9a-f])`, "g") : from, to);
    }
    for (const [, name = ""] of result.matchAll(GENERATED_NAME)) names.add(name);
    for (const name of names) result = result.replaceAll(name, `<${named("NAME", name)}>`);
    result = result
      .replace(TIME, (time, digits, zone) => (NO_TIME.test(time) ? time : `<TIME${fraction(digits)}>${zone}`))
      .replace(SPACED_TIME, (time, digits, zone = "") =>
        NO_TIME.test(time) ? time : `<TIME${fraction(digits)}>${zone}`,
      )
      .replace(ANSI_TIME, "<TIME>")
      .replace(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g, nameOfId)
      .replace(/(?<![\w.-])[0-9a-f]{12}(?![\w-])/g, nameOfId)
      .replace(NANOSECONDS, "<NANOSECONDS>")
      .replace(EPOCH, (_, digits) => `<EPOCH${fraction(digits)}>`)
      .replace(AGE, "<AGE> ago")
      .replace(UPTIME, "Up <AGE>")
      .replace(BYTES, "$1<BYTES>")
      .replace(PID, "$1<PID>")
      .replace(/\bsize: \d+/g, "size: <BYTES>")
      .replace(SIZE, "<SIZE>")
      .replace(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, (mac) => `<${named("MAC", mac)}>`)
      .replace(
        /(?<![\d.])(?:10|172|192\.168)(?:\.\d{1,3}){2,3}(?![\d.]*\d)/g,
        (address) => `<${named("IP", address)}>`,
      )
      // Ports that the system chose.
      .replace(/(?<=[:"])[3-6]\d{4}(?=["\s]|->|$)/g, (port) => (Number(port) < 32768 ? port : "<PORT>"))
      .replace(/\b\d+\.\d\d%/g, "<PERCENT>");
    // The width of columns depends on their contents.
    return result.replace(/(?<=\S) {3,}/g, "   ");
  };

  return {
    equalise,
    /** Names later placeholders after the next command. */
    next() {
      command++;
      seen = 0;
    },
  };
}
