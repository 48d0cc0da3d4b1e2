import { describe, expect, it } from "vitest";
import { createSessions, type Role, type Sessions } from "../../../../src/vm/monitor/sessions.js";

const sender = { send: () => undefined, isWritable: () => true };
const events = { onOutput: () => undefined, onExit: () => undefined, onFailure: () => undefined };

/** Opens as many sessions as possible, alternating between these roles. @returns their channels */
function fill(sessions: Sessions, ...roles: Role[]): number[] {
  const channels: number[] = [];
  for (let turn = 0; ; turn++) {
    const opened = sessions.open(roles[turn % roles.length] as Role, events);
    if (!opened) return channels;
    channels.push(opened.channel);
  }
}

describe("createSessions", () => {
  it("assigns channel 1 to the main session, and the free channels above to others", () => {
    const sessions = createSessions(sender, { main: 1 });
    const channels = (["exec", "main", "health"] as const).map(
      (role) => sessions.open(role, events)?.channel,
    );
    expect(channels).toEqual([2, 1, 3]);
    sessions.close(2);
    expect([sessions.at(2), sessions.open("copy", events)?.channel]).toEqual([undefined, 2]);
  });

  it("reserves sessions for the box's own programs, however many others there are", () => {
    const sessions = createSessions(sender, { main: 1, dial: 1 });
    expect(fill(sessions, "exec", "health", "copy", "archive", "task")).toHaveLength(126);
    for (const role of ["main", "dial"] as const) {
      expect(sessions.open(role, events)).toBeDefined();
      expect(sessions.open(role, events)).toBeUndefined();
    }
    sessions.close(100);
    expect(sessions.open("exec", events)?.channel).toBe(100);
    expect(sessions.open("exec", events)).toBeUndefined();
  });

  it("opens no session of a role with no reserved sessions", () => {
    expect(createSessions(sender, { main: 0 }).open("main", events)).toBeUndefined();
  });
});
