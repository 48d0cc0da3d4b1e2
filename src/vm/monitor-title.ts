/** What the monitor of a box is called in lists of processes. */
export function monitorTitle(folder: string): string {
  return `monitor.js ${folder}`;
}
