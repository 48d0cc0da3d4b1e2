import { encode, Kind } from "../protocol/control/wire.js";
import type { Outbox, Stream, Acknowledge } from "./outbox.js";

export interface SharedOutput {
  /** A command shows what the workload writes from now on. */
  join: (out: Outbox) => void;
  leave: (out: Outbox) => void;
  /** Hands a piece to all of them; the slowest one decides when its room is given back. */
  pass: (stream: Stream, data: Buffer, acknowledge: Acknowledge) => void;
}

/** What one command has not taken yet. */
interface Reader {
  behind: Record<Stream, number>;
  acknowledge: Record<Stream, Acknowledge>;
}

/** Lets several commands read one program's output, none of them faster than the slowest. */
export function shareOutput(): SharedOutput {
  const readers = new Map<Outbox, Reader>();
  const held: Record<Stream, { bytes: number; acknowledge: Acknowledge }> = {
    stdout: { bytes: 0, acknowledge: () => undefined },
    stderr: { bytes: 0, acknowledge: () => undefined },
  };

  function settle(stream: Stream): void {
    let slowest = 0;
    for (const { behind } of readers.values()) slowest = Math.max(slowest, behind[stream]);
    const free = held[stream].bytes - slowest;
    if (free <= 0) return;
    held[stream].bytes = slowest;
    held[stream].acknowledge(free);
  }

  function createReader(): Reader {
    const behind = { stdout: 0, stderr: 0 };
    const take = (stream: Stream) => (bytes: number) => {
      behind[stream] -= bytes;
      settle(stream);
    };
    return { behind, acknowledge: { stdout: take("stdout"), stderr: take("stderr") } };
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
    pass: (stream, data, acknowledge) => {
      held[stream].bytes += data.length;
      held[stream].acknowledge = acknowledge;
      const message = readers.size === 0 ? undefined : encode(Kind[stream], data);
      for (const [out, { behind, acknowledge: taker }] of readers) {
        behind[stream] += data.length;
        out.output(stream, data, taker[stream], message);
      }
      settle(stream);
    },
  };
}
