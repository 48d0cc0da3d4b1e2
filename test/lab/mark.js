import { Transform } from "node:stream";

/**
 * Passes a stream on up to a mark that ends it. Bytes that may be the beginning of the mark are held back until more
 * arrive.
 *
 * @param {Buffer} mark random, so that no program writes it by chance
 */
export function untilMark(mark) {
  let held = Buffer.alloc(0);
  return new Transform({
    transform(chunk, _encoding, done) {
      held = Buffer.concat([held, chunk]);
      const end = held.indexOf(mark);
      if (end >= 0) {
        this.push(held.subarray(0, end));
        this.push(null);
        held = Buffer.alloc(0);
        done();
        return;
      }
      const kept = longestBeginning(held, mark);
      this.push(held.subarray(0, held.length - kept));
      held = held.subarray(held.length - kept);
      done();
    },
    flush(done) {
      if (held.length > 0) this.push(held);
      done();
    },
  });
}

/**
 * Returns how many bytes at the end of `data` match the beginning of `mark`.
 *
 * @param {Buffer} data
 * @param {Buffer} mark
 */
function longestBeginning(data, mark) {
  let length = Math.min(data.length, mark.length - 1);
  while (length > 0 && !data.subarray(data.length - length).equals(mark.subarray(0, length))) length--;
  return length;
}
