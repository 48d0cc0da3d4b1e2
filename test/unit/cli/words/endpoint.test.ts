import { describe, expect, it } from "vitest";
import { checkEndpoint } from "../../../../src/cli/words/endpoint.js";

const check =
  (env: NodeJS.ProcessEnv, isGiven = false) =>
  () => {
    checkEndpoint(env, isGiven);
  };

describe("in Docker mode, the environment", () => {
  it.each([
    {},
    { DOCKER_HOST: "" },
    { DOCKER_HOST: "unix:///run/user/1000/docker.sock", DOCKER_CONTEXT: "other" },
    { DOCKER_CONTEXT: "default" },
  ])("may name a socket of this host or the default context: %o", (env) => {
    expect(check(env)).not.toThrow();
  });

  it.each([
    [{ DOCKER_HOST: "tcp://192.0.2.1:2375" }, /DOCKER_HOST: .*"tcp:\/\/192\.0\.2\.1:2375"/],
    [{ DOCKER_HOST: "ssh://prod", DOCKER_CONTEXT: "default" }, /DOCKER_HOST: .*"ssh:\/\/prod"/],
    [{ DOCKER_HOST: "ssh://\x1b[31m" }, /"ssh:\/\/\\x1b\[31m"/],
    [{ DOCKER_CONTEXT: "prod" }, /context "prod": context not found/],
  ])("may not name another host, on which the command was to work: %o", (env, reason) => {
    expect(check(env)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringMatching(reason) as string }),
    );
    // As with Docker, the flags take precedence.
    expect(check(env, true)).not.toThrow();
  });
});
