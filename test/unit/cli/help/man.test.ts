import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manPages } from "../../../../src/cli/help/man-pages.js";
import { escapeRoff } from "../../../../src/cli/help/roff.js";

const pages = await manPages();

describe("the man pages", () => {
  it("exist for box, each command and each subcommand", () => {
    for (const name of ["box.1", "box-run.1", "box-image.1", "box-image-ls.1", "box-volume-create.1"])
      expect([...pages.keys()]).toContain(name);
    expect([...pages.keys()]).not.toContain("box-relaunch.1");
  });

  it("are all in package.json, by which npm installs them", () => {
    const file = join(import.meta.dirname, "../../../../package.json");
    const { man } = JSON.parse(readFileSync(file, "utf8")) as { man: string[] };
    expect(man, "run `npm run docs`").toEqual([...pages.keys()].sort().map((name) => `./dist/man/${name}`));
  });

  it("have the contents of the help", () => {
    const run = pages.get("box-run.1") ?? "";
    expect(run).toMatch(/^\.TH "BOX\\-RUN" 1 /);
    for (const heading of ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "SEE ALSO"])
      expect(run).toContain(`\n.SH ${heading}\n`);
    expect(run).toContain("\n.SS Common\n");
    expect(run).toContain("\\fB\\-v\\fR, \\fB\\-\\-volume\\fR \\fI<source:path[:options]>\\fR\n");
    expect(run).toContain("box run nginx:alpine \\-p 8080:80\n");
  });

  it.each([...pages])("%s has no bare hyphen, quote or unknown request", (_, text) => {
    const requests = /^\.(TH|SH|SS|TP|PP|RS 4|RE|nf|fi|br|nh|ad l)\b/;
    for (const line of text.trimEnd().split("\n")) {
      expect(line).not.toMatch(/^'|^$/);
      if (line.startsWith(".")) expect(line).toMatch(requests);
      else expect(line.replace(/\\[-e&]|\\\((aq|dq|ga|ha|ti)|\\f[BIR]/g, "")).not.toMatch(/[\\'"`^~-]/);
    }
  });

  it("escape characters that are special to roff", () => {
    expect(escapeRoff("-a\\n 'b' \"c\" ~^`")).toBe("\\-a\\en \\(aqb\\(aq \\(dqc\\(dq \\(ti\\(ha\\(ga");
    expect(escapeRoff(".so file\n.x")).toBe("\\&.so file\n\\&.x");
  });

  // Not every machine has groff.
  const hasGroff = spawnSync("groff", ["-v"]).status === 0;
  it.runIf(hasGroff)("are formatted by groff without warnings, and keep their text", () => {
    const input = [...pages.values()].join("");
    const { stdout, stderr } = spawnSync("groff", ["-man", "-ww", "-Tascii", "-P-cbou"], {
      input,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const shown = stdout.replace(/\s+/g, " ");
    for (const text of [
      "-v, --volume <source:path[:options]>",
      "box run -d --name db -e POSTGRES_PASSWORD=x postgres",
      `box commit -m 'with curl' -c 'CMD ["nginx", "-g", "daemon off;"]' -c 'EXPOSE 80' web team/web:2`,
      "box rm $(box ps -aq -f status=exited)",
      "box completion fish > ~/.config/fish/completions/box.fish",
    ])
      expect(shown).toContain(text);
  });
});
