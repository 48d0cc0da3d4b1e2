/** Whether words after the image belong to the program of the box, as with `docker`. */
export function isDockerMode(env: Readonly<NodeJS.ProcessEnv>): boolean {
  return !["", "0", undefined].includes(env["BOX_DOCKER"]);
}
