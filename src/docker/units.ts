/** A duration in Docker's words: `5 seconds`, `About a minute`, `3 hours`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(hours / 24);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  if (days < 730) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

/** @param step factor between one unit and the next */
function inUnits(bytes: number, units: readonly string[], step: number, digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return `${Number(value.toPrecision(digits))}${units[unit] ?? ""}`;
}

const DECIMAL = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in Docker's decimal units: `7.73MB`. */
export function formatSize(bytes: number): string {
  return inUnits(bytes, DECIMAL, 1000, 3);
}

/** As `formatSize`, with the four digits of Docker's totals: `7.734MB`. */
export function formatTotal(bytes: number): string {
  return inUnits(bytes, DECIMAL, 1000, 4);
}

/** Bytes in binary units, as Docker shows memory: `12.5MiB`. */
export function formatMemory(bytes: number): string {
  return inUnits(bytes, ["B", "KiB", "MiB", "GiB", "TiB"], 1024, 4);
}
