import { describe, expect, it } from "vitest";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { BoxOptions } from "../../../../src/config/box-options.js";
import type { PortBinding } from "../../../../src/config/syntax/port.js";
import type { RunConfig } from "../../../../src/oci/make/run-config.js";
import { committedConfig } from "../../../../src/vm/box/committed-config.js";

const IMAGE: RunConfig = {
  User: "app",
  Env: ["PATH=/bin", "A=1"],
  Entrypoint: ["/entry"],
  Cmd: ["serve"],
  WorkingDir: "/srv",
  Labels: { team: "web", version: "1" },
  ExposedPorts: { "80/tcp": {} },
  Volumes: { "/data": {} },
  StopSignal: "SIGQUIT",
  OnBuild: ["RUN make"],
  Healthcheck: { Test: ["NONE"] },
};
const merge = (config: object = {}, options: object = {}, ports: PortBinding[] = [], image = IMAGE) =>
  committedConfig(
    { config: BoxConfig.parse({ image: "x", ...config }), options: BoxOptions.parse(options), ports },
    image,
  );

describe("the configuration of a committed box", () => {
  it("is that of its image, without ONBUILD", () => {
    expect(merge()).toEqual({ ...IMAGE, OnBuild: undefined });
    expect(JSON.stringify(merge({}, {}, [], {}))).toBe("{}");
  });

  it("includes the box's own settings", () => {
    const config = {
      cmd: ["other", "-x"],
      extraEnv: [
        ["B", "2"],
        ["A", "3"],
      ],
      volumes: ["/anonymous", "named:/named", "/host:/bound"],
    };
    const options = { user: "0:0", workdir: "/w", labels: { version: "2", own: "" }, stopSignal: "9" };
    const port: PortBinding = { address: "", hostPort: 8080, guestPort: 53, protocol: "udp" };
    expect(merge(config, options, [port])).toEqual({
      ...IMAGE,
      User: "0:0",
      Env: ["B=2", "A=3", "PATH=/bin"],
      Cmd: ["other", "-x"],
      WorkingDir: "/w",
      Labels: { team: "web", version: "2", own: "" },
      ExposedPorts: { "80/tcp": {}, "53/udp": {} },
      Volumes: { "/data": {}, "/anonymous": {} },
      StopSignal: "9",
      OnBuild: undefined,
    });
  });

  it("includes the box's health check", () => {
    const image = { ...IMAGE, Healthcheck: { Test: ["CMD", "a"], Interval: 1e9, Retries: 5 } };
    const health = { cmd: ["CMD-SHELL", "b"], intervalSecs: 2.5 };
    expect(merge({}, { health }, [], image).Healthcheck).toEqual({
      Test: ["CMD-SHELL", "b"],
      Interval: 2.5e9,
      Retries: 5,
    });
    expect(merge({}, { health: { cmd: [] } }, [], image).Healthcheck).toMatchObject({ Test: ["NONE"] });
  });

  it("drops the image's CMD if the entrypoint is overridden", () => {
    expect(merge({ entrypointOverride: ["sh"] })).toMatchObject({ Entrypoint: ["sh"], Cmd: undefined });
    expect(merge({ entrypointOverride: ["sh"], cmd: ["-c", "x"] })).toMatchObject({
      Entrypoint: ["sh"],
      Cmd: ["-c", "x"],
    });
    expect(merge({ entrypointOverride: [], cmd: ["x"] })).toMatchObject({
      Entrypoint: undefined,
      Cmd: ["x"],
    });
  });
});
