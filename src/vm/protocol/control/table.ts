/**
 * The constants of the stream between a command and the monitor. TypeScript imports them from here; `npm run protocol`
 * writes them for C, to native/common/control-protocol.h.
 */

/**
 * Version of the requests. Each request names the first version that supports it; one without a version is of the
 * first. Because a monitor may be older than the command, a command uses the oldest version that can express its
 * request.
 */
export const CONTROL_VERSION = 1;
/** u32 length (little-endian), u8 kind. */
export const WIRE_HEADER = 5;
/** Maximum payload: a program with as many arguments and variables as Linux accepts, 6 MiB, plus overhead. */
export const WIRE_MOST = 8_388_608;

export const Kind = { json: 0, stdin: 1, stdout: 2, stderr: 3, window: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
