import { encode, Kind } from "../protocol/control/wire.js";
import type { Outbox, Stream, Acknowledge } from "./outbox.js";

export interface SharedOutput {
  /** Sends the workload's output to a command from now on. */
  join: (out: Outbox) => void;
  leave: (out: Outbox) => void;
  /** Sends data to all commands; `acknowledge` is called at the pace of the slowest one. */
  pass: (stream: Stream, data: Buffer, acknowledge: Acknowledge) => void;
}

/** Bytes that a command has not received yet. */
interface Reader {
  behind: Record<Stream, number>;
  acknowledge: Record<Stream, Acknowledge>;
}

/** Lets several commands read one program's output, all at the pace of the slowest. */
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
    const received = (stream: Stream) => (bytes: number) => {
      behind[stream] -= bytes;
      settle(stream);
    };
    return { behind, acknowledge: { stdout: received("stdout"), stderr: received("stderr") } };
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
      for (const [out, { behind, acknowledge: acknowledgeFor }] of readers) {
        behind[stream] += data.length;
        out.output(stream, data, acknowledgeFor[stream], message);
      }
      settle(stream);
    },
  };
}
