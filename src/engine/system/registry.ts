import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import { parseReference } from "../../config/syntax/reference.js";

/** Names that Docker's own registry goes by. */
const HUB = new Set(["", "docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com"]);

/**
 * The registry that people log in to: a host with its port, or a URL as older scripts write it.
 * @returns its domain as references name it
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
      hint: "for example ghcr.io or registry.example.com:5000; leave it out for Docker Hub",
    });
  // References take a first part for a registry only when it looks like a host.
  if (host !== "localhost" && !/[.:]/.test(host)) throw refuse();
  try {
    return parseReference(`${host}/name`).domain;
  } catch {
    throw refuse();
  }
}
