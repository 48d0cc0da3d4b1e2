const HEX = /^([+-]?)0[xX]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?[pP]([+-]?[0-9]+)$/;
const DIGITS = "[0-9](?:_?[0-9])*";
const DECIMAL = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`);

/** Parses a number as Go's strconv.ParseFloat does; NaN if it is none. Infinity and NaN have no notation here. */
export function readFloat64(text: string): number {
  const [, sign, whole = "", fraction = "", exponent = ""] = HEX.exec(text) ?? [];
  const digits = (whole + fraction).replaceAll("_", "");
  if (digits !== "") {
    const shift = Number(exponent) - 4 * fraction.replaceAll("_", "").length;
    return Number(BigInt(`0x${digits}`)) * 2 ** shift * (sign === "-" ? -1 : 1);
  }
  return DECIMAL.test(text) ? Number(text.replaceAll("_", "")) : NaN;
}
