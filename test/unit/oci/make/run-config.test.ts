import { describe, expect, it } from "vitest";
import { parseChanges } from "../../../../src/config/syntax/change.js";
import { applyChanges, type RunConfig } from "../../../../src/oci/make/run-config.js";

const BASE: RunConfig = {
  Env: ["PATH=/bin", "A=1"],
  Cmd: ["old"],
  Entrypoint: ["/entry"],
  WorkingDir: "/srv",
  Labels: { team: "web" },
  ExposedPorts: { "80/tcp": {} },
};
const apply = (base: RunConfig, ...changes: string[]) => applyChanges(base, changes.flatMap(parseChanges));

describe("applying changes to a configuration", () => {
  it.each<[string[], Partial<RunConfig>]>([
    [['CMD ["a", "b"]'], { Cmd: ["a", "b"], Entrypoint: ["/entry"] }],
    [["CMD a b"], { Cmd: ["/bin/sh", "-c", "a b"] }],
    [["ENTRYPOINT a"], { Entrypoint: ["/bin/sh", "-c", "a"], Cmd: undefined }],
    [['CMD ["x"]', 'ENTRYPOINT ["e"]'], { Entrypoint: ["e"], Cmd: ["x"] }],
    [["ENV B=$A-${PATH}", "ENV A=2 C=$A"], { Env: ["PATH=/bin", "A=2", "B=1-/bin", "C=1"] }],
    [['LABEL a="x y" team=db'], { Labels: { team: "db", a: "x y" } }],
    [
      ["EXPOSE 53/UDP 8000-8002 $A"],
      { ExposedPorts: keys("80/tcp 53/udp 8000/tcp 8001/tcp 8002/tcp 1/tcp") },
    ],
    [['VOLUME ["/data", "/a b"]', "VOLUME /log$A"], { Volumes: { "/data": {}, "/a b": {}, "/log1": {} } }],
    [["WORKDIR sub", "WORKDIR ../x"], { WorkingDir: "/srv/x" }],
    [["WORKDIR /a//b/"], { WorkingDir: "/a/b" }],
    [["USER nobody:$A"], { User: "nobody:1" }],
    [
      ['HEALTHCHECK --interval=1m30s --retries=2 CMD ["a", "b"]'],
      { Healthcheck: { Test: ["CMD", "a", "b"], Interval: 90e9, Retries: 2 } },
    ],
    [["HEALTHCHECK NONE"], { Healthcheck: { Test: ["NONE"] } }],
    [["STOPSIGNAL SIGQUIT"], { StopSignal: "SIGQUIT" }],
    [["ONBUILD RUN echo $A"], { OnBuild: ["RUN echo $A"] }],
  ])("applies %j", (changes, expected) => {
    expect(apply(BASE, ...changes)).toEqual({ ...BASE, ...expected });
  });

  it("adds only the given fields to an empty one", () => {
    expect(JSON.stringify(apply({}, "ENV A=1", "WORKDIR x"))).toBe('{"Env":["A=1"],"WorkingDir":"/x"}');
  });

  it("keeps fields that box does not use", () => {
    expect(apply({ Healthcheck: { Test: ["NONE"] } }, "USER a")).toEqual({
      Healthcheck: { Test: ["NONE"] },
      User: "a",
    });
  });

  it.each([
    ["EXPOSE x", "invalid-change"],
    ["EXPOSE 0", "invalid-change"],
    ["EXPOSE 9-8", "invalid-change"],
    ["EXPOSE 70000", "invalid-change"],
    ["EXPOSE $NOTHING", "invalid-change"],
    ["EXPOSE 8080:80", "invalid-change"],
    ["STOPSIGNAL SIGNONE", "invalid-signal"],
    ['LABEL ""=x', "invalid-change"],
    ["ENV $NOTHING=x", "invalid-change"],
    ["VOLUME $NOTHING", "invalid-change"],
  ])("refuses %s", (change, code) => {
    expect(() => apply(BASE, change)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

function keys(names: string): Record<string, object> {
  return Object.fromEntries(names.split(" ").map((name) => [name, {}]));
}
