import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../src/config/settings.js";
import { parseReference } from "../../src/config/syntax/reference.js";
import { registryEndpoint, pullEndpoints } from "../../src/oci/registry/endpoint.js";
import { readRequirement } from "../../src/oci/verify/policy.js";
import { createUser, type TestUser } from "../registry/user.js";
import { currentHome } from "../unit/current.js";

let user: TestUser;
beforeEach(async () => {
  user = await createUser();
});
afterEach(() => user.remove());

async function ask(policy: object, image: string): Promise<unknown> {
  const file = join(user.folder, "policy.yaml");
  await writeFile(file, JSON.stringify(policy));
  return readRequirement(file, parseReference(image));
}

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("a scope of a signature policy", () => {
  it.each([
    ["ghcr.io/team/", "write ghcr.io/team"],
    ["ghcr.io/", "write ghcr.io"],
    ["team/*", "write docker.io/team"],
    ["ghcr.io/team/*", "write ghcr.io/team"],
    ["ghcr.io/team/**", "write ghcr.io/team"],
    ["*", "a scope is a host"],
    ["*.example.com", "a scope is a host"],
    ["https://ghcr.io/team", "write ghcr.io/team"],
    ["docker://ghcr.io", "write ghcr.io"],
    ["ghcr.io/team/app:1.2", "write ghcr.io/team/app"],
    ["127.0.0.1:5000/app:1", "write 127.0.0.1:5000/app"],
    [`ghcr.io/team/app@${DIGEST}`, "write ghcr.io/team/app"],
    ["GHCR.io/team", "write ghcr.io/team"],
    ["ghcr.io/Team", "write ghcr.io/team"],
    ["nginx", "write docker.io/library/nginx"],
    ["nginx:alpine", "write docker.io/library/nginx"],
    ["team/app", "write docker.io/team/app"],
    ["index.docker.io/team", "write docker.io/team"],
    [" ghcr.io", "write ghcr.io"],
    ["ghcr.io//team", "a scope is a host"],
    ["ghcr.io:99999", "a scope is a host"],
    ["", "a scope is a host"],
  ])("%j, which matches no image, is an error that names it and says %s", async (scope, right) => {
    const policy = { default: "accept", images: { [scope]: "refuse" } };
    await expect(ask(policy, "ghcr.io/team/app")).rejects.toMatchObject({
      code: "invalid-policy",
      message: expect.stringMatching(
        /^[^\n]*is not a valid policy: scope "[^\n]*" matches no image: [^\n]*$/,
      ) as string,
    });
    await expect(ask(policy, "other.example/app")).rejects.toMatchObject({
      message: expect.stringContaining(right) as string,
    });
  });

  it.each([
    ["ghcr.io", "ghcr.io/team/app"],
    ["ghcr.io/team", "ghcr.io/team/app"],
    ["docker.io/library", "nginx"],
    ["docker.io/library/nginx", "nginx:alpine"],
    ["docker.io/team", "team/app"],
    ["localhost", "localhost/app"],
    ["localhost:5000/a_b", "localhost:5000/a_b/c"],
    ["[::1]:5000", "[::1]:5000/app"],
  ])("%s applies to %s", async (scope, image) => {
    expect(await ask({ default: "accept", images: { [scope]: "refuse" } }, image)).toBe("refuse");
  });

  it("of an unknown kind is an error, as is an unknown key", async () => {
    await expect(ask({ default: "accept", image: {} }, "nginx")).rejects.toMatchObject({
      message: expect.stringContaining('unknown key "image"') as string,
    });
    await expect(
      ask({ default: "accept", images: { "ghcr.io": { key: "a.pub", keys: [] } } }, "nginx"),
    ).rejects.toMatchObject({ code: "invalid-policy" });
  });
});

describe("a registry in the settings", () => {
  it.each([
    ["https://ghcr.io", "write ghcr.io"],
    ["ghcr.io/", "write ghcr.io"],
    ["ghcr.io/team", "write ghcr.io"],
    ["GHCR.IO", "write ghcr.io"],
    ["index.docker.io", "write docker.io"],
    ["registry", "such as ghcr.io"],
    ["*.example.com", "such as ghcr.io"],
    ["", "such as ghcr.io"],
  ])("named %j, which is not a registry, is an error that says %s", async (host, right) => {
    await user.settings({ registries: { [host]: { insecure: true } } });
    await expect(readSettings(currentHome())).rejects.toMatchObject({
      code: "invalid-settings",
      message: expect.stringMatching(
        new RegExp(`registries: "[^"\n]*" is not a registry[^\n]*${right}`),
      ) as string,
    });
  });

  it("may have the name of a mirror that cannot occur in a reference", async () => {
    const registries = { "docker.io": { mirrors: ["mirror"] }, mirror: { insecure: true } };
    await user.settings({ registries });
    expect(await readSettings(currentHome())).toEqual({ registries });
    expect(registryEndpoint("mirror", registries).mayBePlain).toBe(true);
  });

  it.each(["mirror.example/hub:1", "https://mirror.example/Hub", "mirror.example/*"])(
    "cannot have the mirror %s, whose path is not valid for any repository",
    (mirror) => {
      expect(() => pullEndpoints("docker.io", { "docker.io": { mirrors: [mirror] } })).toThrow(
        "is not a host or URL",
      );
    },
  );
});
