const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::([0-9]{1,5}))?$`);
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Docker Hub, by its name in references and by its older name. */
export const HUB = "docker.io";
export const LEGACY_HUB = "index.docker.io";

/** Whether this is the host of a registry, with or without a port, as in an image reference. */
export function isHost(text: string): boolean {
  const match = HOST.exec(text);
  const port = Number(match?.[1] ?? 1);
  return match !== null && port >= 1 && port <= 65_535;
}

/** Whether this is a repository name without its registry. */
export function isRepositoryPath(text: string): boolean {
  return PATH.test(text);
}

/** The first part of a name is a registry only if it looks like a host; otherwise the name is on Docker Hub. */
export function looksLikeHost(first: string): boolean {
  return first === "localhost" || /[.:]/.test(first);
}

/** Strips parts of URLs and references that cannot be part of a registry or repository name. */
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
 * Explains why the name of a registry could never match one in a reference; undefined if it could.
 */
export function explainHost(text: string): string | undefined {
  if (isHost(text) && looksLikeHost(text) && text !== LEGACY_HUB) return undefined;
  const [host = ""] = trim(text).split("/");
  const right = isHost(host) && looksLikeHost(host) ? host : undefined;
  return `is not a registry host${right === undefined ? ", such as ghcr.io or 127.0.0.1:5000" : `: write ${right}`}`;
}

/**
 * Explains why a scope (a host, or a host and the first parts of a name) could never match an image; undefined if it
 * could.
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
  return `matches no image: ${right === undefined ? "a scope is a host, optionally followed by the first parts of a name, such as ghcr.io/owner" : `write ${right}`}`;
}
