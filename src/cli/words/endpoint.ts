import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { checkContext } from "../../docker/context.js";

/**
 * In Docker mode, refuses to work on this host if the environment asks for another one. A socket of this host has no
 * effect.
 * @param isGiven whether `-H` or `--context` was given, which take precedence
 * @throws BoxError usage
 */
export function checkEndpoint(env: Readonly<NodeJS.ProcessEnv>, isGiven: boolean): void {
  const { DOCKER_HOST: host = "", DOCKER_CONTEXT: context = "" } = env;
  if (isGiven) return;
  if (host === "" && context !== "") checkContext(context);
  if (host === "" || host.startsWith("unix://")) return;
  throw new BoxError("usage", `DOCKER_HOST: box has no daemon, so it cannot connect to ${quote(host)}`, {
    hint: "unset DOCKER_HOST: box runs everything on this host",
  });
}
