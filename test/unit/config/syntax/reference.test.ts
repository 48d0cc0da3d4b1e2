import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { familiarName, formatReference, parseReference } from "../../../../src/config/syntax/reference.js";

const HEX = "a".repeat(64);
function refusal(text: string): unknown {
  try {
    return parseReference(text);
  } catch (error) {
    return error;
  }
}
const canonical = (text: string) => formatReference(parseReference(text));

describe("a reference's canonical form", () => {
  it.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:alpine", "docker.io/library/nginx:alpine"],
    ["owner/app", "docker.io/owner/app:latest"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/owner/app:1", "docker.io/owner/app:1"],
    ["ghcr.io/owner/app:1.2", "ghcr.io/owner/app:1.2"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/app:1", "localhost:5000/app:1"],
    ["127.0.0.1:5000/team/app", "127.0.0.1:5000/team/app:latest"],
    ["[::1]:5000/app", "[::1]:5000/app:latest"],
    ["registry:5000/app", "registry:5000/app:latest"],
    // Without a port or a slash, a host is just a name.
    ["host.io", "docker.io/library/host.io:latest"],
    ["a/b/c/d", "docker.io/a/b/c/d:latest"],
    ["GHCR.io/owner/app", "ghcr.io/owner/app:latest"],
    ["my_app__x-y--z.w", "docker.io/library/my_app__x-y--z.w:latest"],
    ["app:V1.0_x-Y", "docker.io/library/app:V1.0_x-Y"],
    [`nginx@sha256:${HEX}`, `docker.io/library/nginx@sha256:${HEX}`],
    [`nginx:1.25@sha256:${HEX}`, `docker.io/library/nginx:1.25@sha256:${HEX}`],
    [`localhost:5000/app@sha256:${HEX}`, `localhost:5000/app@sha256:${HEX}`],
  ])("%s is %s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });
});

describe("an invalid reference", () => {
  it.each([
    ["", "the name is missing"],
    [":tag", "the name is missing"],
    ["Nginx", "lowercase"],
    ["owner/App:1", "lowercase"],
    ["Owner/app", "lowercase"],
    ["ghcr.io/Owner/app", "lowercase"],
    ["https://ghcr.io/owner/app", "URL"],
    ["nginx:", "tag"],
    ["nginx:-x", "tag"],
    [`nginx:${"t".repeat(129)}`, "tag"],
    ["nginx@sha256:abc", "digest"],
    [`nginx@md5:${HEX}`, "digest"],
    [`nginx@sha256:${HEX.toUpperCase()}`, "digest"],
    [HEX, "ID"],
    ["a//b", "not valid"],
    ["/a", "not valid"],
    ["a/", "not valid"],
    ["a..b", "not valid"],
    ["a___b", "not valid"],
    ["-a", "not valid"],
    ["a b", "not valid"],
    ["../../etc/passwd", "host"],
    ["ghcr.io/../x", "not valid"],
    ["host:99999/a", "host"],
    ["host:0/a", "host"],
    ["-host.io/a", "host"],
    [`x/${"a".repeat(300)}`, "longer"],
  ])("%j is refused", (text, reason) => {
    expect(refusal(text)).toMatchObject({
      code: "invalid-reference",
      message: expect.stringContaining(reason) as string,
    });
  });

  it("gets a suggestion in lower case", () => {
    expect(refusal("Nginx:Alpine")).toMatchObject({ hint: expect.stringContaining("nginx") as string });
  });

  it("is quoted on one line, without control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        try {
          parseReference(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid-reference" });
          expect((error as Error).message).not.toMatch(/[\n\r\x1b\x00]/);
        }
      }),
    );
  });
});

const lower = "abcdefghijklmnopqrstuvwxyz0123456789".split("");
const word = fc.string({ unit: fc.constantFrom(...lower), minLength: 1, maxLength: 8 });
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom(".", "_", "__", "-", "---"), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.map(([separator, more]) => separator + more).join(""));
const path = fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/"));
const domain = fc.oneof(
  fc.constantFrom("docker.io", "localhost", "127.0.0.1", "[::1]", "ghcr.io"),
  fc.tuple(word, word).map(([a, b]) => `${a}.${b}`),
);
const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
const digest = fc.option(
  fc.string({
    unit: fc.constantFrom(...lower.filter((digit) => /[0-9a-f]/.test(digit))),
    minLength: 64,
    maxLength: 64,
  }),
  { nil: undefined },
);

describe("any reference", () => {
  it("is split into its parts, and its canonical form parses to the same reference", () => {
    fc.assert(
      fc.property(domain, port, path, tag, digest, (host, number, name, label, hex) => {
        const registry = host === "docker.io" || number === undefined ? host : `${host}:${number}`;
        const text = `${registry}/${name}${label === undefined ? "" : `:${label}`}${hex === undefined ? "" : `@sha256:${hex}`}`;
        const reference = parseReference(text);
        expect(reference.domain).toBe(registry);
        expect(reference.path).toBe(name);
        expect(reference.tag).toBe(label ?? (hex === undefined ? "latest" : undefined));
        expect(reference.digest).toBe(hex === undefined ? undefined : `sha256:${hex}`);
        const full = formatReference(reference);
        expect(parseReference(full)).toEqual(reference);
      }),
    );
  });

  it("never becomes a path that leaves its directory", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", ".", "/", ":", "@", "-", "_", "A", "\0"), maxLength: 30 }),
        (text) => {
          try {
            const { domain: host, path: name, tag: label } = parseReference(text);
            for (const part of `${host}/${name}/${label ?? ""}`.split("/"))
              expect([".", ".."]).not.toContain(part);
          } catch (error) {
            expect(error).toMatchObject({ code: "invalid-reference" });
          }
        },
      ),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 2000) },
    );
  });
});

describe("the familiar name", () => {
  it.each([
    ["nginx:1", "nginx"],
    ["owner/app", "owner/app"],
    ["ghcr.io/owner/app", "ghcr.io/owner/app"],
    ["docker.io/library/a/b", "library/a/b"],
  ])("of %s is %s", (text, expected) => {
    expect(familiarName(parseReference(text))).toBe(expected);
  });
});
