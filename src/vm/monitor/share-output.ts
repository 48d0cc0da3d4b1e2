import { encode, Kind } from "../protocol/control/wire.js";
import type { Outbox, Stream, Taken } from "./outbox.js";

export interface SharedOutput {
  /** A command shows what the workload writes from now on. */
  join: (out: Outbox) => void;
  leave: (out: Outbox) => void;
  /** Hands a piece to all of them; the slowest one decides when its room is given back. */
  pass: (stream: Stream, data: Buffer, taken: Taken) => void;
}

/** What one command has not taken yet. */
interface Reader {
  behind: Record<Stream, number>;
  taken: Record<Stream, Taken>;
}

/** Lets several commands read one program's output, none of them faster than the slowest. */
export function shareOutput(): SharedOutput {
  const readers = new Map<Outbox, Reader>();
  const held: Record<Stream, { bytes: number; taken: Taken }> = {
    stdout: { bytes: 0, taken: () => undefined },
    stderr: { bytes: 0, taken: () => undefined },
  };

  function settle(stream: Stream): void {
    let slowest = 0;
    for (const { behind } of readers.values()) slowest = Math.max(slowest, behind[stream]);
    const free = held[stream].bytes - slowest;
    if (free <= 0) return;
    held[stream].bytes = slowest;
    held[stream].taken(free);
  }

  function createReader(): Reader {
    const behind = { stdout: 0, stderr: 0 };
    const take = (stream: Stream) => (bytes: number) => {
      behind[stream] -= bytes;
      settle(stream);
    };
    return { behind, taken: { stdout: take("stdout"), stderr: take("stderr") } };
  }

  return {
    join: (out) => {
      if (!readers.has(out)) readers.set(out, createReader());
    },
    leave: (out) => {
      if (!readers.delete(out)) return;
      settle("stdout");
      settle("stderr");
    },
    pass: (stream, data, taken) => {
      held[stream].bytes += data.length;
      held[stream].taken = taken;
      const message = readers.size === 0 ? undefined : encode(Kind[stream], data);
      for (const [out, { behind, taken: taker }] of readers) {
        behind[stream] += data.length;
        out.output(stream, data, taker[stream], message);
      }
      settle(stream);
    },
  };
}
