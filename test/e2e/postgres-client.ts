import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { connect } from "node:net";

/** The server's port, and credentials. */
export interface Login {
  port: number;
  user: string;
  password: string;
}

const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const sha256 = (data: Buffer) => createHash("sha256").update(data).digest();

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type, "latin1"), length, body]);
}

/** Builds the client's final SCRAM-SHA-256 message (RFC 5802, section 3). */
function prove(password: string, first: string, serverFirst: string): string {
  const fields = new Map(serverFirst.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
  const salt = Buffer.from(fields.get("s") ?? "", "base64");
  const salted = pbkdf2Sync(password, salt, Number(fields.get("i")), 32, "sha256");
  const key = hmac(salted, "Client Key");
  const last = `c=biws,r=${fields.get("r") ?? ""}`;
  const signature = hmac(sha256(key), `${first},${serverFirst},${last}`);
  return `${last},p=${Buffer.from(key.map((byte, i) => byte ^ (signature[i] ?? 0))).toString("base64")}`;
}

function readRow(body: Buffer): string[] {
  const row: string[] = [];
  for (let at = 2; at < body.length;) {
    const length = body.readInt32BE(at);
    row.push(length < 0 ? "NULL" : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(length, 0);
  }
  return row;
}

/**
 * Runs SQL on a PostgreSQL server on loopback (PostgreSQL's frontend/backend protocol 3, simple query).
 * @returns the rows, each as a list of strings
 * @throws Error with the server's message, or when the connection is lost
 */
export function query({ port, user, password }: Login, sql: string): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    const rows: string[][] = [];
    const first = `n=,r=${randomBytes(18).toString("base64")}`;
    let failure: Error | undefined;
    let asked = false;

    const authenticate = (body: Buffer): void => {
      const rest = body.toString("utf8", 4);
      const step = body.readInt32BE(0);
      if (step === 10) {
        const initial = Buffer.from(`n,,${first}`);
        const length = Buffer.alloc(4);
        length.writeInt32BE(initial.length);
        socket.write(message("p", Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), length, initial])));
      } else if (step === 11) socket.write(message("p", Buffer.from(prove(password, first, rest))));
      else if (step !== 12 && step !== 0) throw new Error(`authentication ${step} is not known`);
    };

    const take = (type: string, body: Buffer): void => {
      if (type === "R") authenticate(body);
      else if (type === "D") rows.push(readRow(body));
      else if (type === "E") failure = new Error(/\0M([^\0]*)/.exec(body.toString())?.[1]);
      else if (type === "Z" && !asked) {
        asked = true;
        socket.write(message("Q", Buffer.from(`${sql}\0`)));
      } else if (type === "Z") {
        socket.end(message("X", Buffer.alloc(0)));
        if (failure) reject(failure);
        else resolve(rows);
      }
    };

    let pending = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
        const end = pending.readInt32BE(1) + 1;
        take(pending.toString("latin1", 0, 1), pending.subarray(5, end));
        pending = pending.subarray(end);
      }
    });
    socket.once("connect", () => {
      const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, "latin1");
      socket.write(message("", body));
    });
    socket.once("error", reject);
    socket.once("close", () => reject(failure ?? new Error("the connection was lost")));
  });
}
