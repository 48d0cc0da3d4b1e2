// Compares the answers of the two sides, command by command.

/**
 * @typedef {import("./run.js").Answer} Answer
 */

/** @param {string} text */
const linesOf = (text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** @param {string} text */
export const sortLines = (text) =>
  text
    .split(/(?<=\n)/)
    .sort()
    .join("");

/** At most this many lines of a text are shown. */
const MOST = 12;

/** @param {string} sign @param {string[]} lines */
function show(sign, lines) {
  const shown = lines.slice(0, MOST).map((line) => `      ${sign} ${line}`);
  return lines.length > MOST ? [...shown, `      ${sign} … ${lines.length - MOST} more lines`] : shown;
}

/**
 * @param {string} docker
 * @param {string} box
 * @returns {string[]} lines that only one of them has, or both texts if their lines are the same
 */
function difference(docker, box) {
  const [theirs, ours] = [linesOf(docker), linesOf(box)];
  const only = (/** @type {string[]} */ some, /** @type {string[]} */ others) =>
    some.filter((line) => !others.includes(line));
  const [missing, added] = [only(theirs, ours), only(ours, theirs)];
  if (missing.length + added.length > 0) return [...show("-", missing), ...show("+", added)];
  return [...show("-", theirs), ...show("+", ours)];
}

/** @param {Answer} docker @param {Answer} box @param {RegExp[]} words */
function compareAnswer(docker, box, words) {
  const found = [];
  if (docker.code !== box.code) found.push(`    exit code: ${docker.code}, box's is ${box.code}`);
  // Sorted again, since IDs had another order before they were replaced.
  const shown = (/** @type {Answer} */ { stdout }) => (box.sorted === true ? sortLines(stdout) : stdout);
  if (shown(docker) !== shown(box)) found.push("    stdout:", ...difference(docker.stdout, box.stdout));
  if ((docker.stderr === "") !== (box.stderr === ""))
    found.push("    stderr:", ...difference(docker.stderr, box.stderr));
  for (const pattern of words)
    // Hints of box's own may contain them too.
    if (pattern.test(docker.stderr) && !pattern.test(box.stderr))
      found.push(`    words ${String(pattern)} on stderr:`, ...difference(docker.stderr, box.stderr));
  return found.length > 0 ? [`  $ ${docker.command}`, ...found] : [];
}

/**
 * @param {Answer[]} docker
 * @param {Answer[]} box
 * @param {RegExp[]} [words] texts that have to be on box's stderr if they are on Docker's
 * @returns {string[]} lines of a report; none if the answers are equal
 */
export function compare(docker, box, words = []) {
  const report = docker.flatMap((theirs, i) => {
    const ours = box[i];
    return ours === undefined ? [] : compareAnswer(theirs, ours, words);
  });
  if (docker.length !== box.length)
    report.push(`  the script runs ${docker.length} commands with docker, ${box.length} with box`);
  return report;
}
