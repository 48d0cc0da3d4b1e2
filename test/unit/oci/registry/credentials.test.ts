import { chmod, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findCredential,
  removeCredential,
  saveCredential,
} from "../../../../src/oci/registry/credentials.js";
import { createUser, type TestUser } from "../../../registry/user.js";
import { currentHome } from "../../current.js";

let user: TestUser;
beforeEach(async () => {
  user = await createUser();
});
afterEach(() => user.remove());

const base64 = (text: string) => Buffer.from(text).toString("base64");
const ann = { username: "ann", password: "a:b c" };
const file = () => join(user.folder, "config.json");
const config = async () => JSON.parse(await readFile(file(), "utf8")) as Record<string, unknown>;

/** Installs a helper that keeps one file per server, and logs its arguments. */
async function installHelper(name: string): Promise<{ calls: () => Promise<string[]> }> {
  const path = join(user.folder, `docker-credential-${name}`);
  await writeFile(
    path,
    `#!/bin/sh
echo "$*" >> "${user.folder}/calls"
input=$(cat)
case "$1" in
store) server=$(echo "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/'); echo "$input" > "${user.folder}/kept-$(echo "$server" | tr /: __)" ;;
get) cat "${user.folder}/kept-$(echo "$input" | tr /: __)" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) rm "${user.folder}/kept-$(echo "$input" | tr /: __)" ;;
esac
`,
  );
  await chmod(path, 0o700);
  return { calls: async () => (await readFile(join(user.folder, "calls"), "utf8")).trim().split("\n") };
}

describe("credentials in Docker's config.json", () => {
  it.each([
    ["under a host", "ghcr.io", { "ghcr.io": { auth: base64("ann:a:b c") } }, ann],
    [
      "under a URL, as old versions wrote it",
      "ghcr.io",
      { "https://ghcr.io/v1/": { auth: base64("ann:a:b c") } },
      ann,
    ],
    ["in two fields", "ghcr.io", { "ghcr.io": { username: "ann", password: "a:b c" } }, ann],
    ["for Docker Hub", "docker.io", { "https://index.docker.io/v1/": { auth: base64("ann:a:b c") } }, ann],
    ["with a port", "127.0.0.1:5000", { "127.0.0.1:5000": { auth: base64("ann:a:b c") } }, ann],
    [
      "as an identity token",
      "ghcr.io",
      { "ghcr.io": { auth: base64("ann:"), identitytoken: "tok" } },
      { username: "ann", identityToken: "tok" },
    ],
  ])("are found %s", async (_, domain, auths, expected) => {
    await user.dockerConfig({ auths });
    expect(await findCredential(currentHome(), domain)).toEqual(expected);
  });

  it.each([
    ["for another registry", "ghcr.io", { "quay.io": { auth: base64("ann:a:b c") } }, undefined],
    ["for another port", "ghcr.io", { "ghcr.io:5000": { auth: base64("ann:a:b c") } }, undefined],
    ["without a colon", "ghcr.io", { "ghcr.io": { auth: base64("ann") } }, undefined],
    ["in an empty entry", "ghcr.io", { "ghcr.io": {} }, undefined],
  ])("are not found %s", async (_, domain, auths, expected) => {
    await user.dockerConfig({ auths });
    expect(await findCredential(currentHome(), domain)).toEqual(expected);
  });

  it("are not found if the file is missing or empty", async () => {
    expect(await findCredential(currentHome(), "ghcr.io")).toBeUndefined();
    await user.dockerConfig("");
    expect(await findCredential(currentHome(), "ghcr.io")).toBeUndefined();
  });

  it.each([
    "{",
    '{"auths":[{"auth":"c2VjcmV0"}]}',
    '{"auths":{"x":{"auth":{"c2VjcmV0":1}}}}',
    '{"credsStore":"../c2VjcmV0"}',
  ])("cause an error that names the file, but not its contents, if it is damaged (%s)", async (content) => {
    await user.dockerConfig(content);
    await expect(findCredential(currentHome(), "ghcr.io")).rejects.toMatchObject({
      code: "invalid-docker-config",
      message: expect.stringMatching(/config\.json/) as string,
    });
    await expect(findCredential(currentHome(), "ghcr.io")).rejects.not.toMatchObject({
      message: expect.stringContaining("c2VjcmV0") as string,
    });
  });

  it("are stored for the owner only, without changing other entries, and can be removed", async () => {
    await user.dockerConfig({ HttpHeaders: { a: "b" }, auths: { "quay.io": { auth: "eA==" } } });
    expect(await saveCredential(currentHome(), "ghcr.io", ann)).toBe(true);
    expect(await config()).toEqual({
      HttpHeaders: { a: "b" },
      auths: { "quay.io": { auth: "eA==" }, "ghcr.io": { auth: base64("ann:a:b c") } },
    });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await removeCredential(currentHome(), "ghcr.io")).toBe(true);
    expect(await removeCredential(currentHome(), "ghcr.io")).toBe(false);
    expect(await config()).toEqual({ HttpHeaders: { a: "b" }, auths: { "quay.io": { auth: "eA==" } } });
  });

  it("are stored through a symbolic link, and in a directory that is created", async () => {
    await writeFile(join(user.folder, "elsewhere.json"), "{}");
    await symlink("elsewhere.json", file());
    await saveCredential(currentHome(), "docker.io", { username: "ann", identityToken: "tok" });
    const saved = JSON.parse(await readFile(join(user.folder, "elsewhere.json"), "utf8")) as unknown;
    expect(saved).toEqual({
      auths: { "https://index.docker.io/v1/": { auth: base64("ann:"), identitytoken: "tok" } },
    });
    process.env["DOCKER_CONFIG"] = join(user.folder, "new", "folder");
    await saveCredential(currentHome(), "ghcr.io", ann);
    expect(await findCredential(currentHome(), "ghcr.io")).toEqual(ann);
  });

  it("cause an error if they cannot be stored", async () => {
    process.env["DOCKER_CONFIG"] = "/dev/null/x";
    await expect(saveCredential(currentHome(), "ghcr.io", ann)).rejects.toMatchObject({
      code: "docker-config-unwritable",
    });
  });
});

describe("a credential helper", () => {
  it.each([
    ["for all registries", { credsStore: "boxtest" }],
    ["for one registry", { credHelpers: { "ghcr.io": "boxtest" } }],
  ])(
    "%s stores, returns and erases credentials, with no secret in an argument or the file",
    async (_, helpers) => {
      const { calls } = await installHelper("boxtest");
      await user.dockerConfig(helpers);
      expect(await findCredential(currentHome(), "ghcr.io")).toBeUndefined();
      expect(await saveCredential(currentHome(), "ghcr.io", ann)).toBe(false);
      expect(await findCredential(currentHome(), "ghcr.io")).toEqual(ann);
      expect(await config()).toEqual({ ...helpers, auths: { "ghcr.io": {} } });
      expect(await removeCredential(currentHome(), "ghcr.io")).toBe(true);
      expect(await findCredential(currentHome(), "ghcr.io")).toBeUndefined();
      expect(await calls()).toEqual(["get", "store", "get", "get", "erase", "get"]);
    },
  );

  it("stores an identity token under Docker's username for it", async () => {
    await installHelper("boxtest");
    await user.dockerConfig({ credsStore: "boxtest" });
    await saveCredential(currentHome(), "docker.io", { username: "ann", identityToken: "tok" });
    expect(await findCredential(currentHome(), "docker.io")).toEqual({
      username: "<token>",
      identityToken: "tok",
    });
  });

  it("is named in the error if it is not installed, fails or returns malformed data", async () => {
    await user.dockerConfig({ credsStore: "boxtest-missing" });
    await expect(findCredential(currentHome(), "ghcr.io")).rejects.toMatchObject({
      code: "credential-helper-failed",
      message: "docker-credential-boxtest-missing get failed: it is not installed",
    });
    for (const [script, reason] of [
      ["echo the key ring is locked; exit 1", "the key ring is locked"],
      ["cat >/dev/null; echo '{}'", "returned malformed data"],
    ]) {
      await writeFile(join(user.folder, "docker-credential-boxtest-bad"), `#!/bin/sh\n${script ?? ""}\n`, {
        mode: 0o700,
      });
      await user.dockerConfig({ credsStore: "boxtest-bad" });
      await expect(findCredential(currentHome(), "ghcr.io")).rejects.toMatchObject({
        code: "credential-helper-failed",
        message: expect.stringContaining(reason ?? "") as string,
      });
    }
  });

  it("does not leak a secret into the error by echoing it", async () => {
    await writeFile(join(user.folder, "docker-credential-boxtest-loud"), "#!/bin/sh\ncat; exit 1\n", {
      mode: 0o700,
    });
    await user.dockerConfig({ credsStore: "boxtest-loud" });
    await expect(saveCredential(currentHome(), "ghcr.io", ann)).rejects.toMatchObject({
      message: "docker-credential-boxtest-loud store failed: it exited with 1",
    });
  });
});
