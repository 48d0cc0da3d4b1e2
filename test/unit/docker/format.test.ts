import { describe, expect, it } from "vitest";
import {
  checkListFormat,
  createInspector,
  formatList,
  formatObject,
  type Row,
} from "../../../src/docker/format.js";
import { asMap, fromPlain } from "../../../src/docker/go/plain.js";
import { labelColumns } from "../../../src/docker/labels.js";
import { tabulate } from "../../../src/docker/template/table.js";

const NAMES = ["ID", "Names", "Image", "Ports", "Labels", "RunningFor"];
const web: Row = {
  ...{
    ID: "abcdef012345",
    Names: "web",
    Image: "nginx",
    Ports: "0.0.0.0:8080->80/tcp",
    RunningFor: "3 years ago",
  },
  ...labelColumns({ z: "1", "a.b-c": "<x>" }),
};
const options = {
  type: "formatter.ContainerContext",
  headings: { ID: "CONTAINER ID", RunningFor: "CREATED" },
};
const format = async (text: string, rows: Row[] = [web]) =>
  (await formatList(text, rows, NAMES, options)).map((line) => `${line}\n`).join("");

describe("a list", () => {
  // As Docker's client prints them.
  it.each([
    [
      'table {{.ID}}\\t{{.Label "a.b-c"}}\\t{{.Names}}',
      "CONTAINER ID   b c       NAMES\nabcdef012345   <x>       web\n",
    ],
    ["table {{.ID}}  {{.Names}}", "CONTAINER ID  NAMES\nabcdef012345  web\n"],
    ["table ", "\n\n"],
    ["tableX{{.ID}}", "XCONTAINER ID\nXabcdef012345\n"],
    ["{{json .Labels}}", '"a.b-c=<x>,z=1"\n'],
    [
      'table {{json .ID}}\\t{{upper .Names}}\\t{{truncate .Image 2}}\\t{{pad .ID 1 3}}x\\t{{join (split .Names "e") ","}}',
      'CONTAINER ID     NAMES     IMAGE      CONTAINER ID   x   NAMES\n"abcdef012345"   WEB       ng         abcdef012345   x   w,b\n',
    ],
    ["table {{.ID}}\\t{{len .Names}}", "CONTAINER ID   5\nabcdef012345   3\n"],
    ['table {{range $i, $x := split .Names "e"}}{{$x}}{{end}}\\t{{.ID}}', "\nwb        abcdef012345\n"],
    [" {{.ID}} ", "abcdef012345\n"],
    ["a\\nb\\t{{.ID}}\\\\n", "a\nb\tabcdef012345\\\n\n"],
    ["pretty", "pretty\n"],
    [
      "table {{.ID}}\\t{{.Ports}}\\n{{.Names}}",
      "CONTAINER ID   PORTS\nNAMES\nabcdef012345   0.0.0.0:8080->80/tcp\nweb\n",
    ],
    [
      "table {{.Names}}\\t日本\\t{{.ID}}",
      "NAMES     日本      CONTAINER ID\nweb       日本      abcdef012345\n",
    ],
    ["table {{.RunningFor}}", "CREATED\n3 years ago\n"],
  ])("is formatted by %s", async (text, expected) => {
    expect(await format(text)).toBe(expected);
  });

  it("is JSON with all columns but functions, sorted", async () => {
    const json =
      '{"ID":"abcdef012345","Image":"nginx","Labels":"a.b-c=\\u003cx\\u003e,z=1","Names":"web","Ports":"0.0.0.0:8080-\\u003e80/tcp","RunningFor":"3 years ago"}\n';
    expect(await format("json", [web, web])).toBe(json + json);
    expect(await format("{{json .}}")).toBe(json);
  });

  it("without rows is a heading at most", async () => {
    expect(await format("table {{.ID}}\\t{{.Image}}", [])).toBe("CONTAINER ID   IMAGE\n");
    expect(await format("table {{.Foo}}", [])).toBe("<no value>\n");
    expect([await format("{{.Foo}}", []), await format("json", [])]).toEqual(["", ""]);
  });

  it("refuses an unknown field in Docker's words", async () => {
    const reason = `template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext`;
    await expect(format("{{.Foo}}")).rejects.toThrow(`template parsing error: ${reason}`);
    await expect(format("{{.ID")).rejects.toThrow("template parsing error: template: :1: unclosed action");
    const check = checkListFormat("{{.Foo}}", { row: web, type: options.type });
    await expect(check).rejects.toThrow(`failed to execute template: ${reason}`);
    await expect(checkListFormat("table {{.ID", { row: web, type: options.type })).rejects.toThrow(
      "failed to parse template: template: :1: unclosed action",
    );
    await expect(checkListFormat("{{.ID")).rejects.toThrow(
      "template parsing error: template: :1: unclosed action",
    );
    for (const good of ["json", "", undefined, "table {{.Foo}}"]) await checkListFormat(good);
  });

  it("computes lazy columns only if a template asks for them", async () => {
    const lazy: Row = {
      Name: "web",
      get Mounts(): string {
        throw new Error("asked for");
      },
    };
    expect(await formatList("{{.Name}}", [lazy], [])).toEqual(["web"]);
    await expect(formatList("{{.Mounts}}", [lazy], [])).rejects.toThrow("asked for");
  });
});

describe("inspect", () => {
  const object = fromPlain({
    Id: "abc",
    State: { Running: true, Pid: 3 },
    Labels: asMap({ a: "1" }),
    Env: ["A=1"],
    Ports: asMap({ "80/tcp": [{ HostPort: "8080" }] }),
    Nothing: null,
  });
  async function inspect(text: string | undefined, count = 1): Promise<string> {
    const inspector = await createInspector(text);
    for (let i = 0; i < count; i++) inspector.add(object);
    return inspector.result();
  }

  it.each([
    ["{{.Id}} {{.State.Running}}", "abc true"],
    ["{{.State}} {{.Labels}} {{.Env}}", "{true 3} map[a:1] [A=1]"],
    ["{{if eq .State.Pid 3}}y{{end}}", "y"],
    ['{{index .Labels "a"}}{{index .Labels "b"}}|{{.Labels.b}}', "1|<no value>"],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"],
    ["{{range $p, $b := .Ports}}{{$p}}={{(index $b 0).HostPort}}{{end}}", "80/tcp=8080"],
    ["{{range .Env}}{{println .}}{{end}}", "A=1\n"],
    ["{{json .State}}", '{"Running":true,"Pid":3}'],
    ["{{len .Env}}", "1"],
    ["", '[\n    {\n        "Id": "abc",'],
    ["json", '[{"Id":"abc",'],
  ])("prints %s", async (text, expected) => {
    expect(
      text === "" || text === "json" ? (await inspect(text)).slice(0, expected.length) : await inspect(text),
    ).toBe(expected);
  });

  it("prints a line per object, and nothing for no object", async () => {
    expect(await inspect("{{.Id}}", 2)).toBe("abc\nabc");
    expect([await inspect("{{.Id}}", 0), await inspect(undefined, 0), await inspect("json", 0)]).toEqual([
      "",
      "[]",
      "[]",
    ]);
  });

  it("refuses templates as Docker does", async () => {
    await expect(inspect("{{.Id")).rejects.toMatchObject({
      code: "invalid-template",
      message: "template parsing error: template: :1: unclosed action",
    });
    await expect(inspect("{{.Foo}}")).rejects.toMatchObject({
      code: "invalid-format",
      message: `template parsing error: template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"`,
    });
    await expect(inspect("{{.State.Foo}}")).rejects.toThrow(`map has no entry for key "Foo"`);
  });
});

it("an object of box's own has its fields under capitalized names too", async () => {
  const info = { driver: "qemu", boxes: { running: 1 }, jail: [{ name: "x" }], images: undefined };
  expect(
    await formatObject("{{.Driver}} {{.driver}} {{.Boxes.Running}} {{(index .Jail 0).Name}}", info),
  ).toBe("qemu qemu 1 x");
  expect(await formatObject("json", info)).toBe(
    '{"driver":"qemu","boxes":{"running":1},"jail":[{"name":"x"}]}',
  );
  await expect(formatObject("{{", info)).rejects.toMatchObject({ code: "invalid-template" });
  await expect(formatObject("{{.Foo}}", info)).rejects.toMatchObject({ code: "invalid-format" });
});

it("columns end at the first line without them", () => {
  const text = "aaaa\tbbb\td\naa\tb\tdd\na\t\naa\tcccccccccc\teee\nplain\nb\tc";
  expect(tabulate(text).split("\n")).toEqual([
    "aaaa      bbb       d",
    "aa        b         dd",
    "a         ",
    "aa        cccccccccc   eee",
    "plain",
    "b         c",
  ]);
});
