/** The program that makes and answers connections in a box: test/images/network-guest.c, part of the image. */
import { BUSYBOX } from "./images.js";

/** The result of each probe, and whatever else the shell around the program printed. */
export type Found = ReadonlyMap<string, string>;

/** Image and command of a box that runs the program after some shell commands that inspect the box. */
export function networkGuest(words: string[], look = "true"): string[] {
  return [BUSYBOX, "sh", "-c", `${look}; exec network-guest "$@"`, "guest", ...words];
}

/** Parses the output into results by probe. */
export function readFound(output: string): Found {
  return new Map(
    output.split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}
