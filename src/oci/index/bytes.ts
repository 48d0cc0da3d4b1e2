/** Appends numbers, strings and bytes to a growing buffer. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Writes an integer from 0 to 2^53 - 1 as a LEB128 varint. */
  number(value: number): void {
    this.#reserve(8);
    while (value > 0x7f) {
      this.#buffer[this.#length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.#buffer[this.#length++] = value;
  }

  /** Writes an integer of up to 53 bits: sign, then magnitude. */
  signed(value: number): void {
    const magnitude = value < 0 ? -(value + 1) : value;
    this.number(value < 0 ? 1 : 0);
    this.number(magnitude);
  }

  /** Writes a latin1 string, preceded by its length. */
  string(value: string): void {
    this.number(value.length);
    this.#reserve(value.length);
    this.#length += this.#buffer.write(value, this.#length, "latin1");
  }

  bytes(value: Buffer): void {
    this.number(value.length);
    this.raw(value);
  }

  raw(value: Buffer): void {
    this.#reserve(value.length);
    value.copy(this.#buffer, this.#length);
    this.#length += value.length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads what ByteWriter wrote; checks every length. */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #damaged: (why: string) => Error;
  #at = 0;

  constructor(buffer: Buffer, damaged: (why: string) => Error) {
    this.#buffer = buffer;
    this.#damaged = damaged;
  }

  atEnd(): boolean {
    return this.#at === this.#buffer.length;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#buffer[this.#at++];
      if (byte === undefined) throw this.#damaged("unexpected end of data");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) break;
    }
    if (!Number.isSafeInteger(value)) throw this.#damaged("a number is too large");
    return value;
  }

  signed(): number {
    const negative = this.number();
    const magnitude = this.number();
    return negative === 0 ? magnitude : -magnitude - 1;
  }

  string(): string {
    return this.bytes().toString("latin1");
  }

  bytes(): Buffer {
    const length = this.number();
    if (length > this.#buffer.length - this.#at) throw this.#damaged("unexpected end of data");
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  /** @param empty returned for an empty list */
  list<T>(empty: readonly T[], read: () => T): readonly T[] {
    const count = this.number();
    if (count === 0) return empty;
    // Every element has at least two bytes.
    if (count > (this.#buffer.length - this.#at) / 2) throw this.#damaged("a list is too long");
    const list: T[] = [];
    for (let i = 0; i < count; i++) list.push(read());
    return list;
  }
}
