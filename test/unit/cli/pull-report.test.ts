import { describe, expect, it } from "vitest";
import { parseReference } from "../../../src/config/syntax/reference.js";
import { reportPull } from "../../../src/cli/output/pull-report.js";

const DIGEST = `sha256:${"0123456789ab".padEnd(64, "0")}`;
const OTHER = `sha256:${"ba9876543210".padEnd(64, "0")}`;

function report(name: string, { quiet = false, several = false } = {}) {
  const lines: string[] = [];
  const { onProgress, onStep, end } = reportPull({ quiet, several, print: (line) => lines.push(line) });
  const reference = parseReference(name);
  const layer = (digest: string, phase: "waiting" | "downloading" | "done" | "exists") =>
    onProgress({ digest, current: 0, phase });
  return {
    lines,
    layer,
    missing: () => onStep({ kind: "missing", reference }),
    resolved: () => onStep({ kind: "resolved", reference }),
    pulled: (isNew: boolean) => {
      onStep({ kind: "pulled", reference, digest: DIGEST, isNew });
      end();
    },
  };
}

describe("the report of a pull", () => {
  it("uses Docker's words", () => {
    const { lines, layer, missing, resolved, pulled } = report("nginx");
    missing();
    resolved();
    layer(OTHER, "exists");
    layer(DIGEST, "waiting");
    layer(DIGEST, "downloading");
    layer(DIGEST, "downloading");
    layer(DIGEST, "done");
    pulled(true);
    expect(lines).toEqual([
      "Unable to find image 'nginx:latest' locally",
      "latest: Pulling from library/nginx",
      "ba9876543210: Already exists",
      "0123456789ab: Pulling fs layer",
      "0123456789ab: Pull complete",
      `Digest: ${DIGEST}`,
      "Status: Downloaded newer image for nginx:latest",
    ]);
  });

  it("has no lines of layers if none is downloaded", () => {
    const { lines, layer, resolved, pulled } = report("127.0.0.1:5000/team/app:1.2");
    resolved();
    layer(DIGEST, "exists");
    pulled(false);
    expect(lines).toEqual([
      "1.2: Pulling from team/app",
      `Digest: ${DIGEST}`,
      "Status: Image is up to date for 127.0.0.1:5000/team/app:1.2",
    ]);
  });

  it("has no status of its own for one of several tags", () => {
    const { lines, resolved, pulled } = report("team/app:1", { several: true });
    resolved();
    pulled(true);
    expect(lines).toEqual(["1: Pulling from team/app", `Digest: ${DIGEST}`]);
  });

  it("is empty if quiet", () => {
    const { lines, layer, missing, resolved, pulled } = report("nginx", { quiet: true });
    missing();
    resolved();
    layer(DIGEST, "downloading");
    pulled(true);
    expect(lines).toEqual([]);
  });
});
