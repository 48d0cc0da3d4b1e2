/** Returns the title of a box's monitor in process lists. */
export function monitorTitle(folder: string): string {
  return `monitor.js ${folder}`;
}
