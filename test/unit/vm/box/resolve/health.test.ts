import { expect, it } from "vitest";
import { BoxOptions } from "../../../../../src/config/box-options.js";
import { resolveHealth } from "../../../../../src/vm/box/resolve/health.js";

const flags = (health: object) => BoxOptions.parse({ health }).health;
const image = { Test: ["CMD", "check", "-q"], Interval: 5e9, Timeout: 0, Retries: 7 };

it("the health check is taken from the image, with Docker's defaults for unset fields", () => {
  expect(resolveHealth(flags({}), image)).toEqual({
    argv: ["check", "-q"],
    intervalMs: 5000,
    timeoutMs: 30_000,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    retries: 7,
  });
});

it("the health check is taken from flags in preference to the image", () => {
  const asked = flags({ cmd: ["CMD-SHELL", "test -e /ok"], intervalSecs: 0.5, retries: 1 });
  expect(resolveHealth(asked, image)).toMatchObject({
    argv: ["/bin/sh", "-c", "test -e /ok"],
    intervalMs: 500,
    retries: 1,
  });
});

it.each([
  ["the flags", flags({ cmd: [] }), image],
  ["the image", flags({}), { Test: ["NONE"] }],
  ["nobody", flags({}), undefined],
])("there is no health check if %s disables it", (_, asked, from) => {
  expect(resolveHealth(asked, from)).toBeNull();
});

it("an image may ask for more retries than a record can hold", () => {
  const endless = { ...image, Retries: 1e18 };
  expect(resolveHealth(flags({}), endless)).toMatchObject({ retries: 1_000_000 });
});
