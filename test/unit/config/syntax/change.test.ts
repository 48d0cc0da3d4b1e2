import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { formatChange, parseChanges } from "../../../../src/config/syntax/change.js";
import { expandWord, joinWord, splitWords } from "../../../../src/config/syntax/words.js";
import { expectRefusal, expectStable, strings } from "./property.js";

const NAMES = [
  "CMD",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "ONBUILD",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];

describe("parseChanges", () => {
  // Examples from the reference pages of `docker commit`, `docker import` and Dockerfiles.
  it.each([
    ['CMD ["apachectl", "-DFOREGROUND"]', { argv: ["apachectl", "-DFOREGROUND"] }],
    ['entrypoint ["top", "-b"]', { instruction: "ENTRYPOINT", argv: ["top", "-b"] }],
    ["CMD echo $HOME | wc -", { argv: ["/bin/sh", "-c", "echo $HOME | wc -"] }],
    ["CMD ['not', 'json']", { argv: ["/bin/sh", "-c", "['not', 'json']"] }],
    ["CMD []", { argv: [] }],
    ["ENV DEBUG=true", { pairs: [["DEBUG", "true"]] }],
    ["ENV DEBUG true", { pairs: [["DEBUG", "true"]] }],
    ["env MY_DOG Rex The Dog", { pairs: [["MY_DOG", "Rex\\ The\\ Dog"]] }],
    [
      'ENV MY_NAME="John Doe" MY_DOG=Rex\\ The\\ Dog \\\n MY_CAT=fluffy',
      {
        pairs: [
          ["MY_NAME", '"John Doe"'],
          ["MY_DOG", "Rex\\ The\\ Dog"],
          ["MY_CAT", "fluffy"],
        ],
      },
    ],
    [
      'LABEL "com.example.vendor"="ACME Incorporated"',
      { pairs: [['"com.example.vendor"', '"ACME Incorporated"']] },
    ],
    [
      "HEALTHCHECK --interval=5m --timeout=3s --retries=2 CMD curl -f http://localhost/ || exit 1",
      {
        check: {
          test: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
          times: { interval: 300, timeout: 3 },
          retries: 2,
        },
      },
    ],
    ['HEALTHCHECK CMD ["true"]', { check: { test: ["CMD", "true"], times: {} } }],
    ["healthcheck none", { check: { test: ["NONE"] } }],
    ["EXPOSE 80", { words: ["80"] }],
    ["EXPOSE 80/tcp 80/udp", { words: ["80/tcp", "80/udp"] }],
    [
      "ONBUILD RUN /usr/local/bin/python-build --dir /app/src",
      { word: "RUN /usr/local/bin/python-build --dir /app/src" },
    ],
    ["STOPSIGNAL SIGKILL", { word: "SIGKILL" }],
    ["USER patrick", { word: "patrick" }],
    ['VOLUME ["/data", "/with space"]', { words: ["/data", "/with\\ space"] }],
    ["VOLUME /var/log /var/db", { words: ["/var/log", "/var/db"] }],
    ["WORKDIR /path/to/workdir", { word: "/path/to/workdir" }],
    ["WORKDIR with space", { word: "with\\ space" }],
  ])("reads %s", (text, change) => {
    expect(parseChanges(text)).toMatchObject([change]);
  });

  it.each([
    ...[
      "",
      "RUN make",
      "FROM scratch",
      "CMD",
      "ENV",
      "ENV A",
      "ENV A=1 B",
      "ENV =1",
      "LABEL",
      "# CMD x",
      "EXPOSE",
    ],
    ...[
      "CMD [1]",
      'CMD ["a", ["b"]]',
      'ENV A="1',
      "ENV A='1",
      "ENV A=${B",
      "WORKDIR ${",
      "ONBUILD",
      "ONBUILD RUN",
    ],
    ...[
      "ONBUILD FROM x",
      "HEALTHCHECK",
      "HEALTHCHECK true",
      "HEALTHCHECK CMD",
      "HEALTHCHECK CMD []",
      "HEALTHCHECK --interval=5s NONE",
      "HEALTHCHECK --interval=5 CMD true",
      "HEALTHCHECK --retries=0 CMD true",
      "HEALTHCHECK --often CMD true",
      "ONBUILD ONBUILD RUN x",
      'VOLUME [""]',
      "VOLUME []",
      "ENV B=1\nRUN make",
      'ENV B="1\n2"',
      "CMD a\rENV B=1",
      "CMD a\0",
      "ENV\u00a0",
      "ＣＭＤ a",
    ],
    "ENV A=".concat("${B:-".repeat(50)),
  ])("refuses %j", (text) => expectRefusal(parseChanges, text));

  it("round-trips through the canonical notation", () => {
    const rest = strings(
      "A=1",
      "$A",
      "${A:-b}",
      '"a b"',
      "'",
      '"',
      "\\",
      "[",
      '["a"]',
      "CMD",
      "--interval=90s",
      "--retries=2",
      "=",
      "80/tcp",
      "/data",
    );
    expectStable(
      fc.tuple(fc.constantFrom(...NAMES, "", "x"), rest).map((parts) => parts.join(" ")),
      parseChanges,
      (changes) => changes.map(formatChange).join("\n"),
    );
  });

  it("reads several lines as Docker reads a Dockerfile", () => {
    const read = (...lines: string[]) => parseChanges(lines.join("\n")).map(formatChange);
    expect(read("ENV A=1", "", "# comment", "  CMD a b  ")).toEqual([
      "ENV A=1",
      'CMD ["/bin/sh","-c","a b"]',
    ]);
    expect(read("ENV A=1 \\ ", "# comment", "", "B=2\r", "USER u")).toEqual(["ENV A=1 B=2", "USER u"]);
    expect(read("ENV A=1 \\")).toEqual(["ENV A=1"]);
  });

  it.each(["", " \n", "# CMD x", "\\"])("refuses %j, which has no instructions", (text) => {
    expect(() => parseChanges(text)).toThrow("file with no instructions");
  });
});

describe("expandWord", () => {
  const env = new Map([
    ["A", "a b"],
    ["EMPTY", ""],
  ]);
  const expand = (word: string) =>
    expandWord(
      word,
      (name) => env.get(name),
      (reason) => new BoxError("invalid-change", reason),
    );

  it.each([
    ["$A/${A}c", "a b/a bc"],
    ["$B${B}", ""],
    ["${EMPTY:-x}${EMPTY-x}${B-y}${B:-$A}", "xya b"],
    ["${A:+set}${B:+set}${EMPTY:+set}${EMPTY+set}", "setset"],
    ['\'$A \\\'"$A\\"\\x"', '$A \\a b"\\x'],
    ["\\$A \\\\ $ $- $1x", "$A \\ $ $- x"],
    ["${A:-${B:-${C}}}", "a b"],
    ["trailing\\", "trailing\\"],
  ])("expands %s to %s", (word, value) => {
    expect(expand(word)).toBe(value);
  });

  it("expands a text joined by joinWord like the text itself, as a single word", () => {
    fc.assert(
      fc.property(strings("$A", '"', "'", "\\", " ", "${A}", "a\tb"), (text) => {
        let value: string;
        try {
          value = expand(text);
        } catch {
          return;
        }
        const word = joinWord(text);
        expect(expand(word)).toBe(value);
        if (!/^\s*$/.test(text)) expect(splitWords(word)).toEqual([word]);
      }),
      { numRuns: 200 },
    );
  });
});
