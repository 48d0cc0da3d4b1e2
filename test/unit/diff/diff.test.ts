import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkVersions, readRecorded } from "../../diff/answers.js";
import { AREAS, parseArea, readArea } from "../../diff/cases.js";
import { compare } from "../../diff/compare.js";
import { complaints, keysIn } from "../../diff/differences.js";
import { equaliser } from "../../diff/equalise.js";
import { judge } from "../../diff/judge.js";

const LONG = "0123456789abcdef".repeat(4);
const SHORT = LONG.slice(0, 12);

function equalise(...outputs: string[]): string[] {
  const equal = equaliser({ texts: [["/home/x", "<HOME>"]] });
  return outputs.map((output) => {
    equal.next();
    return equal.equalise(output);
  });
}

describe("equalising", () => {
  it("gives an ID and its short form the same name, after the command that printed it first", () => {
    expect(equalise("hello", `${LONG}\n`, `${SHORT} sha256:${LONG}\n`)).toEqual([
      "hello",
      "<ID2.1>\n",
      "<id2.1> sha256:<ID2.1>\n",
    ]);
  });

  it.each([
    ["2026-01-02T03:04:05.123456789Z x", "<TIME.n>Z x"],
    ["2026-01-02T03:04:05.123Z", "<TIME.3>Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["2026-01-02 03:04:05 +0000 UTC", "<TIME> +0000 UTC"],
    ["Exited (0) 3 seconds ago", "Exited (0) <AGE> ago"],
    ["Up Less than a second (healthy)", "Up <AGE> (healthy)"],
    ["Up 2 minutes", "Up <AGE>"],
    ["4.27MB (virtual 1.2kB)", "<SIZE> (virtual <SIZE>)"],
    ["/home/x/volumes/data/_data", "<HOME>/volumes/data/_data"],
    ["0.0.0.0:32768->80/tcp", "0.0.0.0:<PORT>->80/tcp"],
    ["0.0.0.0:8080->80/tcp", "0.0.0.0:8080->80/tcp"],
    ["172.17.0.2 and 172.17.0.2", "<IP1.1> and <IP1.1>"],
    ["127.0.0.1 1.2.3.4", "127.0.0.1 1.2.3.4"],
    ["02:42:ac:11:00:02", "<MAC1.1>"],
    ["NAME      SIZE\n    indented", "NAME   SIZE\n    indented"],
    ["/brave_lovelace\n", "/<NAME1.1>\n"],
  ])("replaces what changes from run to run: %s", (from, to) => {
    expect(equalise(from)).toEqual([to]);
  });

  it("replaces a port, but not its digits in an ID", () => {
    const equal = equaliser({ texts: [["8080", "<PORT1>"]] });
    equal.next();
    expect(equal.equalise(`127.0.0.1:8080->80/tcp\n${"c8080d80".repeat(8)}\n`)).toBe(
      "127.0.0.1:<PORT1>->80/tcp\n<ID1.1>\n",
    );
  });

  it("knows a generated name again", () => {
    expect(equalise("brave_lovelace\n", "No such container: brave_lovelace\n")[1]).toBe(
      "No such container: <NAME1.1>\n",
    );
  });
});

describe("cases", () => {
  const text = "About it.\n\n# shared\ndocker create x\n\n# case: one\n# vm\n# words: No such\ndocker ps\n";

  it("are read with what their area shares and with their notes", () => {
    const area = parseArea("area", text);
    expect(area.shared).toBe("docker create x");
    expect(area.cases).toMatchObject([{ name: "one", vm: true, differs: [], script: "docker ps" }]);
  });

  it("have another stamp when what they share changes", () => {
    const stamp = (source: string) => parseArea("area", source).cases[0]?.stamp;
    expect(stamp(text.replace("create x", "create y"))).not.toBe(stamp(text));
  });

  it("cannot have the same name twice", () => {
    expect(() => parseArea("area", "# case: one\ntrue\n# case: one\ntrue\n")).toThrow("two cases named one");
  });

  it("need a row in docs/differences.md for each of their keys, and every key a case", () => {
    const page = "| what | why |\n| `x` <!-- key: known --> | y |\n| `z` <!-- key: idle --> | y |\n";
    const { cases } = parseArea("area", "# case: one\n# differs: known\n# differs: nosuch\ntrue\n");
    expect(keysIn(page)).toEqual(["known", "idle"]);
    expect(complaints(cases, page)).toEqual([
      "area/one: no row of docs/differences.md has the key nosuch",
      "docs/differences.md: no case has the key idle",
    ]);
  });
});

describe("the cases of test/diff and docs/differences.md", () => {
  const cases = AREAS.map(readArea).flatMap((area) => area.cases);

  it("agree on the keys of rows, in both directions", () => {
    expect(complaints(cases)).toEqual([]);
    const keys = [...new Set(cases.flatMap(({ differs }) => differs))];
    expect(keys.length).toBeGreaterThan(5);
    const page = readFileSync(join(import.meta.dirname, "../../../docs/differences.md"), "utf8");
    for (const key of keys) {
      const row = new RegExp(`^.*<!-- key: ${key} -->.*\\n`, "m");
      expect(complaints(cases, page.replace(row, "")).join()).toContain(`has the key ${key}`);
      const without = cases.filter(({ differs }) => !differs.includes(key));
      expect(complaints(without)).toContain(`docs/differences.md: no case has the key ${key}`);
    }
  });

  it("may differ from Docker only with a key", () => {
    const [one] = parseArea("area", "# case: one\ntrue\n").cases;
    const [other] = parseArea("area", "# case: other\n# differs: key\ntrue\n").cases;
    if (one === undefined || other === undefined) throw new Error("no cases");
    expect(judge(one, ["differs"]).verdict).toBe("failed");
    expect(judge(other, ["differs"]).verdict).toBe("on purpose");
    expect(judge(other, []).verdict).toBe("failed");
  });
});

describe("comparing", () => {
  const answer = { command: "docker ps", code: "0", stdout: "a\n", stderr: "" };

  it.each([
    [{}, []],
    [{ code: "1" }, ["  $ docker ps", "    exit code: 0, box's is 1"]],
    [{ stdout: "b\n" }, ["  $ docker ps", "    stdout:", "      - a", "      + b"]],
    [{ stderr: "box: oops\n" }, ["  $ docker ps", "    stderr:", "      + box: oops"]],
  ])("looks at exit code, stdout and whether stderr is empty", (change, report) => {
    expect(compare([answer], [{ ...answer, ...change }])).toEqual(report);
  });

  it("does not compare the words on stderr, unless scripts look for them", () => {
    const docker = { ...answer, stderr: "Error: No such container: x\n" };
    const box = { ...answer, stderr: "box: not found: x\n" };
    expect(compare([docker], [box])).toEqual([]);
    expect(compare([docker], [box], [/No such container/])).not.toEqual([]);
  });

  it("counts commands", () => {
    expect(compare([answer], [])).toEqual(["  the script runs 1 commands with docker, 0 with box"]);
  });
});

describe("lines whose order does not matter", () => {
  const answer = (stdout: string, sorted?: true) => ({
    command: "docker df",
    code: "0",
    stdout,
    stderr: "",
    ...(sorted && { sorted }),
  });

  it("may begin with an ID, which sorts differently in each run", () => {
    const docker = [answer("<id1.1> one\nIMAGES\n")];
    expect(compare(docker, [answer("IMAGES\n<id1.1> one\n", true)])).toEqual([]);
    expect(compare(docker, [answer("IMAGES\n<id1.1> one\n")])).not.toEqual([]);
    expect(compare(docker, [answer("IMAGES\n<id1.1> two\n", true)])).not.toEqual([]);
  });
});

describe("recording", () => {
  const { client = "", engine = "" } = readRecorded("usage") ?? {};

  it("accepts the versions whose answers are recorded, and areas without answers", () => {
    expect(client).toMatch(/^\d+\./);
    expect(() => {
      checkVersions({ client, engine }, ["usage", "new-area"]);
    }).not.toThrow();
  });

  it.each([
    { client: "1.2.3", engine },
    { client, engine: "1.2.3" },
  ])("refuses another client or engine, and says how to record all the same: %o", (versions) => {
    expect(() => {
      checkVersions(versions, ["usage"]);
    }).toThrow(/usage .* not .*1\.2\.3.*--other-versions/);
  });
});
