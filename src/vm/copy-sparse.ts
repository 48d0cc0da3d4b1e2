import { runProgram } from "../host/run-program.js";

/** Copies a file without its holes and zeros, or as a reflink if the file system supports it. @throws Error; the signal's reason */
export async function copySparse(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await runProgram("cp", ["--sparse=always", "--reflink=auto", "--", from, to], { signal });
}
