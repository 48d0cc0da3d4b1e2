/** Whether box was called as `docker`, and does as Docker does even where box differs (docs/cli.md). */
export function isDockerMode(env: Readonly<NodeJS.ProcessEnv>): boolean {
  return !["", "0", undefined].includes(env["BOX_DOCKER"]);
}
