import { parseValidBox } from "../../config/parse-box.js";
import { renameNetworks } from "../../config/spec/rename-networks.js";
import type { Home } from "../../host/home.js";
import { surveyNetworks } from "../../vm/network/store.js";
import type { ParsedRequest } from "./request.js";

/** Replaces IDs of networks with their names, under which a box finds its networks from then on. */
export async function withNetworkNames(home: Home, request: ParsedRequest): Promise<ParsedRequest> {
  const { spec, config, options } = request;
  if (!spec.networks.some(({ network }) => /^[0-9a-f]+$/.test(network))) return request;
  const { networks } = await surveyNetworks(home);
  const nameOf = (given: string) => {
    const matches = networks.filter(({ id }) => id.startsWith(given));
    const isName = networks.some(({ name }) => name === given);
    return isName || matches.length !== 1 ? given : (matches[0]?.name ?? given);
  };
  const renamed = renameNetworks({ config, options }, nameOf);
  const named = parseValidBox(
    { ...config, network: renamed.network },
    { ...options, networks: renamed.networks },
    "/",
  );
  return { ...request, ...named };
}
