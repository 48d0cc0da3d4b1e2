import { parseValidBox } from "../../config/parse-box.js";
import { renameNetworks } from "../../config/spec/rename-networks.js";
import type { Home } from "../../host/home.js";
import { findNetwork } from "../../vm/network/find.js";
import { surveyNetworks } from "../../vm/network/store.js";
import type { ParsedRequest } from "./request.js";

/**
 * Replaces IDs of networks with their names, under which a box finds its networks from then on.
 * @throws BoxError ambiguous-id
 */
export async function withNetworkNames(home: Home, request: ParsedRequest): Promise<ParsedRequest> {
  const { spec, config, options } = request;
  if (!spec.networks.some(({ network }) => /^[0-9a-f]+$/.test(network))) return request;
  const { networks } = await surveyNetworks(home);
  // Networks may be created before the box starts.
  const nameOf = (given: string) => findNetwork(networks, given)?.name ?? given;
  const renamed = renameNetworks({ config, options }, nameOf);
  const named = parseValidBox(
    { ...config, network: renamed.network },
    { ...options, networks: renamed.networks },
    "/",
  );
  return { ...request, ...named };
}
