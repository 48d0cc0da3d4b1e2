import { BoxError } from "../../errors.js";
import { isFileReference } from "./file-reference.js";
import { quote } from "./quote.js";
import { HUB, isHost, isRepositoryPath, LEGACY_HUB, looksLikeHost } from "./registry-host.js";

/** The full name of an image, with the parts that Docker's grammar leaves out filled in. */
export interface Reference {
  /** Host of the registry, with its port if one was given: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  domain: string;
  /** Name inside the registry: `library/nginx`. */
  path: string;
  /** `latest` when neither tag nor digest was given. */
  tag?: string;
  /** `sha256:…`; it takes precedence over a tag. */
  digest?: string;
}

const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BARE_DIGEST = /^[0-9a-f]{64}$/;
const ID = /^(?:sha256:)?([0-9a-f]{1,64})$/;
/** Longest name, domain included, that registries accept. */
const NAME_LIMIT = 255;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Returns the hex digits of an image ID or digest, or of the beginning of one; it may be a name as well. */
export function imageDigits(text: string): string | undefined {
  return ID.exec(text)?.[1];
}

/** Whether a text is a whole image ID, which no name can be. */
export function isImageId(text: string): boolean {
  return imageDigits(text)?.length === 64;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

function refuse(text: string, reason: string, hint: string): BoxError {
  return new BoxError("invalid-reference", `invalid reference format: ${quote(text)}: ${reason}`, { hint });
}

const EXAMPLE = "for example nginx, nginx:alpine, ghcr.io/owner/app:1.2 or name@sha256:…";

function splitDomain(name: string): [domain: string, path: string] {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  if (!looksLikeHost(first)) {
    return [HUB, name.includes("/") ? name : `library/${name}`];
  }
  const domain = first.toLowerCase();
  const path = name.slice(slash + 1);
  if (domain !== HUB && domain !== LEGACY_HUB) return [domain, path];
  return [HUB, path.includes("/") ? path : `library/${path}`];
}

/**
 * Parses an image reference as Docker does (grammar of distribution/reference): `[registry/]name[:tag][@digest]`.
 * @throws BoxError invalid-reference
 */
export function parseReference(text: string): Reference {
  if (text.includes("://")) {
    throw refuse(
      text,
      "it is a URL",
      `leave out ${quote(text.slice(0, text.indexOf("://") + 3).slice(0, 20))}`,
    );
  }
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.lastIndexOf(":");
  const hasTag = colon > tagged.lastIndexOf("/");
  const name = hasTag ? tagged.slice(0, colon) : tagged;
  const tag = hasTag ? tagged.slice(colon + 1) : undefined;

  if (name === "") throw refuse(text, "the name is missing", EXAMPLE);
  if (digest !== undefined && !isDigest(digest)) {
    throw refuse(text, "a digest is sha256: followed by 64 hexadecimal digits", EXAMPLE);
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw refuse(text, "the tag is not valid", "a tag has at most 128 letters, digits, _ . and -");
  }
  const [domain, path] = splitDomain(name);
  if (!isHost(domain)) {
    throw refuse(text, `${quote(domain)} is not a registry host`, EXAMPLE);
  }
  if (!isRepositoryPath(path)) {
    if (isRepositoryPath(path.toLowerCase())) {
      throw new BoxError(
        "invalid-reference",
        `invalid reference format: repository name (${path.slice(0, 300)}) must be lowercase`,
        { hint: `did you mean ${text.toLowerCase().slice(0, 200)}?` },
      );
    }
    throw refuse(text, "the name is not valid", EXAMPLE);
  }
  if (BARE_DIGEST.test(name)) {
    throw refuse(
      text,
      "64 hexadecimal digits are an ID, not a name",
      "to refer to an image by digest, write name@sha256:…",
    );
  }
  if (domain.length + 1 + path.length > NAME_LIMIT) {
    throw refuse(text, `the name is longer than ${NAME_LIMIT} characters`, EXAMPLE);
  }
  return {
    domain,
    path,
    ...(tag === undefined ? (digest === undefined ? { tag: "latest" } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Parses a new name for an image: a reference without a digest.
 * @throws BoxError invalid-reference
 */
export function parseNewName(text: string): Reference {
  if (isFileReference(text)) {
    throw new BoxError("invalid-reference", `${quote(text)} is a reference to an image in a file`, {
      hint: "write NAME[:TAG]; saving an image writes it to a file",
    });
  }
  const reference = parseReference(text);
  if (reference.digest === undefined) return reference;
  throw new BoxError(
    "invalid-reference",
    `refusing to create a tag with a digest reference: ${quote(text)}`,
    {
      hint: "write NAME[:TAG]",
    },
  );
}

/** The canonical form: `docker.io/library/nginx:alpine`. Parsing it returns the same reference. */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  return `${domain}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The name without tag and digest, as short as Docker shows it: `nginx`, `owner/app`, `ghcr.io/owner/app`. */
export function familiarName({ domain, path }: Pick<Reference, "domain" | "path">): string {
  if (domain !== HUB) return `${domain}/${path}`;
  const [first, ...rest] = path.split("/");
  return first === "library" && rest.length === 1 ? rest.join("/") : path;
}

/** A reference as Docker shows it: `nginx:alpine`, `nginx@sha256:…`. */
export function familiarReference(reference: Reference): string {
  const { tag, digest } = reference;
  const name = familiarName(reference);
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
