import { readFloat64 } from "../../config/syntax/float.js";
import { unquoteCharacter } from "./quote.js";

interface Parsed {
  int: bigint | undefined;
  uint: bigint | undefined;
  float: number;
}

const INTEGER =
  /^([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[bB]((?:_?[01])+)|0[oO]?((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))$/;
const [MIN_INT, MAX_INT, MAX_UINT] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];

function parseInteger(text: string): bigint | undefined {
  const [, sign, hex, binary, octal, decimal] = INTEGER.exec(text) ?? [];
  const prefixed =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  if (prefixed === undefined) return undefined;
  const size = BigInt(prefixed.replaceAll("_", ""));
  return sign === "-" ? -size : size;
}

/**
 * Parses a number, or a character such as `'a'`, as each of the types that can hold it.
 * @returns the reason if it is none
 */
export function parseNumber(text: string): Parsed | string {
  if (text.startsWith("'")) {
    const code = unquoteCharacter(text);
    if (typeof code === "string") return code;
    return { int: BigInt(code), uint: BigInt(code), float: code };
  }
  if (text.endsWith("i")) return `imaginary numbers are not supported: ${text}`;
  const integer = parseInteger(text);
  if (integer !== undefined && integer >= MIN_INT && integer <= MAX_UINT) {
    return {
      int: integer <= MAX_INT ? integer : undefined,
      uint: integer >= 0n && (integer === 0n || !/^[+-]/.test(text)) ? integer : undefined,
      float: Number(integer),
    };
  }
  const float = readFloat64(text);
  if (!Number.isFinite(float)) return `illegal number syntax: "${text}"`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: "${text}"`;
  const whole = Number.isInteger(float) ? BigInt(float) : undefined;
  return {
    int: whole !== undefined && whole >= MIN_INT && whole <= MAX_INT ? whole : undefined,
    uint: whole !== undefined && whole >= 0n && whole <= MAX_UINT ? whole : undefined,
    float,
  };
}
