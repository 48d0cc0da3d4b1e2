/** Writes a line of the monitor's own log: its stderr, a file in the box's folder. */
export function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}
