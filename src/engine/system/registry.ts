import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import { parseReference } from "../../config/syntax/reference.js";

/** Names of Docker Hub. */
const HUB = new Set(["", "docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com"]);

/**
 * Parses the registry for a login: a host with an optional port, or a URL, which older scripts use.
 * @returns its domain, as in image references
 * @throws BoxError invalid-registry
 */
export function parseRegistry(text = ""): string {
  const host = text
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/s, "")
    .toLowerCase();
  if (HUB.has(host) && !text.startsWith("/")) return "docker.io";
  const refuse = () =>
    new BoxError("invalid-registry", `${quote(text)} is not a registry host`, {
      subject: "server",
      hint: "for example ghcr.io or registry.example.com:5000; omit it for Docker Hub",
    });
  // In references, the first component is a registry only if it looks like a host.
  if (host !== "localhost" && !/[.:]/.test(host)) throw refuse();
  try {
    return parseReference(`${host}/name`).domain;
  } catch {
    throw refuse();
  }
}
