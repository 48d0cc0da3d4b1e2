/**
 * The caller's variables that the command also gets. Not NODE_EXTRA_CA_CERTS: Node would read all certificates on every
 * start, which takes most of a second here, and there is no network.
 */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TERM|CI|NODE(?!_EXTRA_CA)\w*|BOX_\w+|VITEST\w*|NO_COLOR|FORCE_COLOR|DEBUG)$/;

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * @typedef {{ command: string[], cwd: string, env: NodeJS.ProcessEnv, out: string, mark: string }} Request
 * `out`: the host directory that is writable in the machine under the same path. `mark`: the end mark of each output
 * stream.
 */

/**
 * Returns the request to the machine: shell text for test/lab/session.
 *
 * @param {Request} request
 */
export function makeRequest({ command, cwd, env, out, mark }) {
  const variables = {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name))),
    BOX_LAB: "1",
    BOX_LAB_DATA: "/lab-data",
    BOX_LAB_OUT: out,
    TMPDIR: "/lab-data/tmp",
  };
  const assignments = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`));
  return [
    `lab_out=${quote(out)}`,
    `lab_mark=${quote(mark)}`,
    `lab_command() {`,
    `  cd ${quote(cwd)} && exec /usr/bin/env -i ${assignments.join(" ")} ${command.map(quote).join(" ")}`,
    `}`,
    ``,
  ].join("\n");
}
