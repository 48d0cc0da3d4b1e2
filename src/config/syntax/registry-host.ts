const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::([0-9]{1,5}))?$`);
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Docker's own registry, as references name it, and by its older name. */
export const HUB = "docker.io";
export const LEGACY_HUB = "index.docker.io";

/** Whether this is a host, with its port or without, as it stands in an image's reference. */
export function isHost(text: string): boolean {
  const match = HOST.exec(text);
  const port = Number(match?.[1] ?? 1);
  return match !== null && port >= 1 && port <= 65_535;
}

/** Whether this is the name of a repository without its registry. */
export function isRepositoryPath(text: string): boolean {
  return PATH.test(text);
}

/** The first part of a name is a registry only when it looks like a host: otherwise it belongs to a name on Docker Hub. */
export function looksLikeHost(first: string): boolean {
  return first === "localhost" || /[.:]/.test(first);
}

/** Takes away what stands in URLs and references, and in no name of a registry or of repositories. */
function trim(text: string): string {
  const bare = text
    .trim()
    .replace(/^[a-z+]+:\/\//i, "")
    .replace(/[@?#].*$/, "")
    .replace(/(?:\/\**)+$/, "")
    .replace(/(\/[^/:]*):[^/:]*$/, "$1")
    .replace(/^([^/:[]+):(?!\d+$)[^/]*$/, "$1")
    .toLowerCase();
  return bare.replace(new RegExp(`^${LEGACY_HUB.replaceAll(".", "\\.")}(?=/|$)`), HUB);
}

/**
 * What is wrong with the name of a registry, as references have it, that would be compared with theirs and never be the
 * same; undefined when nothing is.
 */
export function explainHost(text: string): string | undefined {
  if (isHost(text) && looksLikeHost(text) && text !== LEGACY_HUB) return undefined;
  const [host = ""] = trim(text).split("/");
  const right = isHost(host) && looksLikeHost(host) ? host : undefined;
  return `is no registry as references name it${right === undefined ? ", such as ghcr.io or 127.0.0.1:5000" : `: write ${right}`}`;
}

/**
 * What is wrong with a scope, a host or a host and the first parts of a name, that no image could be in; undefined when
 * nothing is.
 */
export function explainScope(scope: string): string | undefined {
  const isRight = (text: string) => {
    const slash = text.indexOf("/");
    const host = slash < 0 ? text : text.slice(0, slash);
    if (!isHost(host) || !looksLikeHost(host) || host === LEGACY_HUB) return false;
    return slash < 0 || isRepositoryPath(text.slice(slash + 1));
  };
  if (isRight(scope)) return undefined;
  const bare = trim(scope);
  const [first = ""] = bare.split("/");
  const full = looksLikeHost(first)
    ? bare
    : `${HUB}/${bare.includes("/") || /[/*]/.test(scope) ? bare : `library/${bare}`}`;
  const right = bare !== "" && isRight(full) ? full : undefined;
  return `matches no image: ${right === undefined ? "a scope is a host, or a host and the first parts of a name, such as ghcr.io/owner" : `write ${right}`}`;
}
