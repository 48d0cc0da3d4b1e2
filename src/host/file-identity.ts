import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** Describes a file and its content by metadata: differs for each file, and after each change. */
export function describeFile({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** Identifies a file and its content, as `describeFile`. @throws the system error */
export async function identityOf(path: string): Promise<string> {
  return describeFile(await stat(path, { bigint: true }));
}
