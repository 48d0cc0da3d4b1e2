// Compares buffers as such: vitest compares them byte by byte, which takes seconds for half a megabyte.
import { expect } from "vitest";

expect.addEqualityTesters([
  (one: unknown, other: unknown) =>
    Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined,
]);
