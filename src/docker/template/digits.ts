/** A positive number as digits and the position of its decimal point: 0.DIGITS × 10^point. */
interface Decimal {
  digits: string;
  point: number;
}

/** The digits that suffice to tell a number from its neighbours. */
function shortest(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** All digits of a number: it is a fraction whose denominator is a power of two. */
function exact(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  let scale = 0;
  let whole = value;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    scale++;
  }
  const digits = String(BigInt(whole) * 5n ** BigInt(scale));
  return { digits: digits.replace(/0+$/, ""), point: digits.length - scale };
}

/** Rounds to a number of digits, halves to even. */
function round({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const kept = digits.slice(0, count);
  const next = digits[count] ?? "0";
  const isHalf = next === "5" && digits.length === count + 1;
  const isOdd = Number(kept.at(-1) ?? "0") % 2 === 1;
  if (next < "5" || (isHalf && !isOdd)) {
    const rest = kept.replace(/0+$/, "");
    return rest === "" ? { digits: "", point: 0 } : { digits: rest, point };
  }
  const raised = String(BigInt(kept === "" ? "0" : kept) + 1n).padStart(count, "0");
  return { digits: raised.replace(/0+$/, ""), point: point + (raised.length > count ? 1 : 0) };
}

function fixed({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (precision === 0) return whole;
  const fraction = point >= 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, "0")}`;
}

function scientific({ digits, point }: Decimal, precision: number, letter: string): string {
  const exponent = digits === "" ? 0 : point - 1;
  const mantissa = digits.padEnd(precision + 1, "0");
  const fraction = precision > 0 ? `.${mantissa.slice(1, precision + 1)}` : "";
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa[0] ?? "0"}${fraction}${letter}${exponent < 0 ? "-" : "+"}${size}`;
}

function general(value: number, precision: number | undefined, letter: string): string {
  const count = precision === 0 ? 1 : precision;
  const decimal = count === undefined ? shortest(value) : round(exact(value), count);
  const exponent = decimal.point - 1;
  let limit = count ?? 6;
  if (count !== undefined && count > decimal.digits.length && decimal.digits.length >= decimal.point) {
    limit = decimal.digits.length;
  }
  if (exponent < -4 || exponent >= limit) {
    return scientific(decimal, Math.max(decimal.digits.length - 1, 0), letter);
  }
  return fixed(decimal, Math.max(decimal.digits.length - decimal.point, 0));
}

function bitsOf(value: number): { exponent: number; mantissa: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  return { exponent: Number((bits >> 52n) & 0x7ffn), mantissa: bits & 0xfffffffffffffn };
}

/** The mantissa as a whole number and the exponent of two: `%b`. */
function binary(value: number): string {
  const { exponent, mantissa } = bitsOf(value);
  const power = Math.max(exponent, 1) - 1075;
  return `${exponent === 0 ? mantissa : mantissa | (1n << 52n)}p${power < 0 ? "" : "+"}${power}`;
}

/** The mantissa in hexadecimal and the exponent of two: `%x`. */
function hexadecimal(value: number, precision: number | undefined, upper: boolean): string {
  let { exponent, mantissa } = bitsOf(value);
  if (value === 0) exponent = 0;
  else if (exponent === 0) {
    exponent = -1022;
    while (mantissa >> 52n === 0n) {
      mantissa <<= 1n;
      exponent--;
    }
  } else {
    mantissa |= 1n << 52n;
    exponent -= 1023;
  }
  if (precision !== undefined && precision < 13) {
    const shift = BigInt((13 - precision) * 4);
    const half = 1n << (shift - 1n);
    const rest = mantissa & ((1n << shift) - 1n);
    mantissa >>= shift;
    if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa++;
    mantissa <<= shift;
    if (mantissa >> 53n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const digits = mantissa.toString(16).padStart(14, "0");
  const fraction =
    precision === undefined ? digits.slice(1).replace(/0+$/, "") : digits.slice(1).padEnd(precision, "0");
  const kept = precision === undefined ? fraction : fraction.slice(0, precision);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  const text = `0x${digits[0] ?? "0"}${kept === "" ? "" : `.${kept}`}p${exponent < 0 ? "-" : "+"}${size}`;
  return upper ? text.toUpperCase() : text;
}

/**
 * Formats a number as Go does, without its sign.
 * @param verb b, e, E, f, g, G, x or X
 * @param precision undefined: as many digits as tell the number from its neighbours
 */
export function formatFloat(value: number, verb: string, precision: number | undefined): string {
  const size = Math.abs(value);
  if (Number.isNaN(size)) return "NaN";
  if (size === Infinity) return "Inf";
  switch (verb) {
    case "e":
    case "E": {
      const decimal = precision === undefined ? shortest(size) : round(exact(size), precision + 1);
      return scientific(decimal, precision ?? Math.max(decimal.digits.length - 1, 0), verb);
    }
    case "f": {
      const all = precision === undefined ? shortest(size) : exact(size);
      const decimal = precision === undefined ? all : round(all, all.point + precision);
      return fixed(decimal, precision ?? Math.max(decimal.digits.length - decimal.point, 0));
    }
    case "b":
      return binary(size);
    case "x":
    case "X":
      return hexadecimal(size, precision, verb === "X");
    default:
      return general(size, precision, verb === "G" ? "E" : "e");
  }
}
