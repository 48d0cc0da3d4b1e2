/**
 * The numbers of the stream between a command and the monitor. TypeScript imports them from here; `npm run protocol`
 * writes them for C, to native/common/control-protocol.h.
 */

/**
 * Of what a command says: a request names the version that understands it, and one that names none is of the first. A monitor
 * may be older than the command: a command says what it can in the words of the oldest version.
 */
export const CONTROL_VERSION = 1;
/** u32 length (little-endian), u8 kind. */
export const WIRE_HEADER = 5;
/** Room for the largest payload: a program with as many arguments and variables as Linux takes, 6 MiB, and some. */
export const WIRE_MOST = 8_388_608;

export const Kind = { json: 0, stdin: 1, stdout: 2, stderr: 3, window: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
