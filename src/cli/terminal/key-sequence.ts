/** The part of the input to pass on to the program, and whether the sequence is complete; input after it is dropped. */
export interface Typed {
  pass: Buffer;
  complete: boolean;
}

/**
 * Looks for a key sequence in typed input. Bytes that may be its beginning are held back until it is clear that they are
 * not.
 */
export function watchForKeys(sequence: Uint8Array): (typed: Uint8Array) => Typed {
  // Knuth-Morris-Pratt: for each prefix of the sequence, its longest proper prefix that is also a suffix.
  const shorter = [0, 0];
  for (let end = 1, length = 0; end < sequence.length; end++) {
    while (length > 0 && sequence[end] !== sequence[length]) length = shorter[length] ?? 0;
    if (sequence[end] === sequence[length]) length++;
    shorter.push(length);
  }
  let held = 0;
  return (typed) => {
    const pass: number[] = [];
    for (const byte of typed) {
      while (held > 0 && byte !== sequence[held]) {
        const less = shorter[held] ?? 0;
        pass.push(...sequence.subarray(0, held - less));
        held = less;
      }
      if (byte === sequence[held]) held++;
      else pass.push(byte);
      if (held === sequence.length) return { pass: Buffer.from(pass), complete: true };
    }
    return { pass: Buffer.from(pass), complete: false };
  };
}
