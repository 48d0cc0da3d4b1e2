import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCommand } from "../../../../src/cli/program.js";
import { prepareWords } from "../../../../src/cli/words/prepare.js";

const load = async (name: string): Promise<Command> =>
  (await loadCommand(name, () => undefined)) ?? new Command(name);

/** The words that commander gets for a line; arguments are separated by single spaces. */
async function prepared(line: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [name = "", ...words] = line.split(" ");
  return (await prepareWords(await load(name), words, env)).join(" ");
}

describe("flags are read as Docker reads them", () => {
  it.each([
    ["run -it alpine", "--interactive --tty -- alpine"],
    ["run -it=true alpine", "--interactive --tty -- alpine"],
    ["run -it=false alpine", "--interactive -- alpine"],
    ["run -i=0 -t=T alpine", "--tty -- alpine"],
    ["run --rm=TRUE alpine", "--rm -- alpine"],
    ["run --rm --rm=false alpine", "-- alpine"],
    ["run --rm=false --rm alpine", "--rm -- alpine"],
    ["run --rm false", "--rm -- false"],
    ["run -p=80:80 alpine", "--publish=80:80 -- alpine"],
    ["run -p80:80 alpine", "--publish=80:80 -- alpine"],
    ["run -dp 80:80 alpine", "--detach --publish=80:80 -- alpine"],
    ["run -p= alpine", "--publish== -- alpine"],
    ["run -e A=1 -e B=2 alpine", "--env=A=1 --env=B=2 -- alpine"],
    ["run --name x --name y alpine", "--name=x --name=y -- alpine"],
    ["run --name x --name= alpine", "-- alpine"],
    ["run -w  -u  --restart  alpine", "-- alpine"],
    ["run --network  alpine", "--network= -- alpine"],
    ["run --entrypoint  alpine", "--entrypoint= -- alpine"],
    ["run --stop-timeout -1 alpine", "--stop-timeout=-1 -- alpine"],
    ["ps web -a", "--all -- web"],
    ["ps -aq --no-trunc=false", "--all --quiet"],
    ["ps -a --help", "--help"],
    ["rm web -- -x", "-- web -x"],
    ["commit web --pause=false", "--no-pause -- web"],
    ["commit --pause=0 --pause web", "--pause -- web"],
    ["commit -m --pause=false web", "--message=--pause=false -- web"],
    ["history -H=false x", "--no-human -- x"],
    ["exec -it web ls -la", "--interactive --tty -- web ls -la"],
    ["exec web -- x", "-- web -- x"],
    ["top web -o pid", "-- web -o pid"],
    ["image ls -aq", "ls --all --quiet"],
    ["volume list", "ls"],
  ])("%s", async (line, expected) => {
    expect(await prepared(line)).toBe(expected);
  });

  it.each([
    [
      "run --rm=maybe alpine",
      'invalid argument "maybe" for "--rm" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ["ps --foo", "unknown flag: --foo"],
    ["ps --foo=bar", "unknown flag: --foo"],
    ["ps -axq", "unknown shorthand flag: 'x' in -xq"],
    ["ps -af", "flag needs an argument: 'f' in -f"],
    ["ps --filter", "flag needs an argument: --filter"],
    ["image ls --foo", "unknown flag: --foo"],
  ])("%s is refused", async (line, message) => {
    await expect(prepared(line)).rejects.toMatchObject({ code: "invalid-flag", message });
  });
});

describe("a flag after the image", () => {
  it.each([
    ["nginx:alpine -p 8080:80", "--publish=8080:80 -- nginx:alpine"],
    ["--rm nginx -p 8080:80 -d", "--rm --detach --publish=8080:80 -- nginx"],
    ["alpine --rm --name=x -v /a:/b -e A=1 sh", "--rm --name=x --volume=/a:/b --env=A=1 -- alpine sh"],
    ["alpine -- -x", "-- alpine -x"],
    ["alpine -it", "--interactive --tty -- alpine"],
  ])("is box's if its value is valid: run %s", async (line, expected) => {
    expect(await prepared(`run ${line}`)).toBe(expected);
  });

  it.each([
    ["alpine ls -la"],
    ["alpine --help"],
    ["alpine --version"],
    ["alpine -h"],
    ["alpine -h name"],
    ["alpine -c true"],
    ["alpine --gpus all"],
    ["alpine --rm=maybe"],
    ["alpine --name"],
    ["postgres -p secret"],
    ["mysql --memory=all"],
    ["node -e console.log(1)"],
    ["curl -v http://host/"],
    ["curl -w %{http_code}"],
    ["python -m http.server"],
    ["alpine --x --rm"],
    ["alpine - --rm"],
    ["alpine -x --rm"],
  ])("is otherwise the program's, with all words after it: run %s", async (line) => {
    expect(await prepared(`run ${line}`)).toBe(`-- ${line}`);
  });

  it.each([
    ["--entrypoint sh alpine -e A=1", "--entrypoint=sh -- alpine -e A=1"],
    ["alpine --entrypoint sh -e A=1", "--entrypoint=sh -- alpine -e A=1"],
    ["-- alpine --rm", "-- alpine --rm"],
    ["-- --rm alpine", "-- --rm alpine"],
  ])(
    "is the program's with --entrypoint, and if `--` stands before the image: run %s",
    async (line, expected) => {
      expect(await prepared(`run ${line}`)).toBe(expected);
    },
  );

  it("is always the program's in Docker mode", async () => {
    for (const BOX_DOCKER of ["1", "true"])
      expect(await prepared("run alpine --rm -- x", { BOX_DOCKER })).toBe("-- alpine --rm -- x");
    expect(await prepared("run alpine --rm", { BOX_DOCKER: "0" })).toBe("--rm -- alpine");
  });
});

it("no word of a program is lost or moved", async () => {
  const command = await load("run");
  const word = fc.constantFrom(
    "a",
    "-p",
    "-i",
    "--rm",
    "--name",
    "--name=x",
    "-dp",
    "-",
    "--",
    "x y",
    "",
    "--help",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word), async (words) => {
      const program = (await prepareWords(command, ["image", "program", ...words], {})).slice(1);
      expect(program).toEqual(["image", "program", ...words]);
    }),
  );
});
