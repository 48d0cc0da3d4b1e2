import * as z from "zod/mini";

export const strings = () => z._default(z.array(z.string()), []);
export const boolean = (value = false) => z._default(z.boolean(), value);
export const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
export const wholeOr = (value: number, least: number, most: number) => z._default(whole(least, most), value);
export const perhaps = (least: number, most: number) => z._default(z.nullable(whole(least, most)), null);

/** The largest number of bytes: Docker counts them in 64 bits, and this is the largest double below 2^63. */
const MOST_BYTES = 2 ** 63 - 1024;
/** Bytes; beyond 2^53 in steps of a double's precision, which `z.int` refuses. */
export const byteCount = (least: number) =>
  z.number().check(z.multipleOf(1), z.minimum(least), z.maximum(MOST_BYTES));
export const share = (value: number) => z._default(z.number().check(z.minimum(0), z.maximum(1)), value);
