import { expect, it } from "vitest";
import { exec } from "../../../../src/engine/boxes/exec.js";
import type { Context } from "../../../../src/engine/context.js";
import { createDecoder, encodeJson, fits, type Request } from "../../../../src/vm/protocol/control/wire.js";
import { boxSpec } from "../../box-spec.js";

const LONG = "x".repeat(120_000);
const words = (count: number, word = LONG) => Array.from({ length: count }, () => word);
const program = (argv: string[], env: string[] = []) => ({ argv, env, stdin: false, privileged: false });

it("sends the longest arguments that Linux accepts in one message, however it is split", () => {
  const request: Request = { op: "exec", program: program(words(50)) };
  expect(fits(request)).toBe(true);
  const message = encodeJson(request);
  for (const size of [message.length, 65_536, 65_521]) {
    const received: string[] = [];
    const decode = createDecoder((_, payload) => received.push(payload.toString()));
    let pending = 0;
    const both = Buffer.concat([message, message]);
    for (let at = 0; at < both.length; at += size) pending = decode(both.subarray(at, at + size));
    expect(pending).toBe(0);
    expect(received.map((text) => text === JSON.stringify(request))).toEqual([true, true]);
  }
});

it.each([
  ["one argument", program(["echo", "x".repeat(3_000_000)]), /^"x+…?.* is 3000000 bytes long$/],
  ["one variable", program(["env"], [`A=${"x".repeat(131_072)}`]), /is 131074 bytes long$/],
  [
    "all arguments and variables",
    program(words(30), words(30, `A=${LONG}`)),
    /^arguments and variables total \d+ bytes$/,
  ],
  ["the encoded message", program(words(20, "\u0001".repeat(120_000))), /too long to send to the box$/],
])("refuses a program, without contacting the box, if this is too long: %s", async (_, asked, said) => {
  // The empty context proves that nothing else is called first.
  await expect(exec({} as Context, "web", asked)).rejects.toMatchObject({
    code: "invalid-string",
    message: expect.stringMatching(said) as string,
  });
});

it("refuses a box whose command and variables exceed Linux's limit", () => {
  const extraEnv = words(30).map((value, index): [string, string] => [`V${index}`, value]);
  expect(() => boxSpec({ cmd: words(20), extraEnv })).not.toThrow();
  expect(() => boxSpec({ cmd: words(30), extraEnv })).toThrow(/^arguments and variables total \d+ bytes$/);
});
