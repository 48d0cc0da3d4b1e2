import {
  createSession,
  type Channel,
  type Session,
  type SessionEvents,
  type GuestSender,
} from "./session.js";

/**
 * What a session is for: the box's program, the one that serves it from beside, one that a command asked for, a check of
 * its health, or the agent's own work with files and programs.
 */
export type Role = "main" | "sidecar" | "exec" | "health" | "archive" | "copy" | "task";

/** How many sessions of a role there may be. Their places are kept: the others, which share what is left, never take them. */
export type Places = Partial<Record<Role, number>>;

/** Of the agent's (docs/protocol.md). */
const MOST_SESSIONS = 128;
/** The channel of the main session. */
export const MAIN = 1;

export interface Sessions {
  /** Opens a session of this role, on a channel that is free; undefined when there are as many as there can be. */
  open: (role: Role, events: SessionEvents) => { channel: number; session: Session } | undefined;
  /** The session on this channel. */
  at: (channel: number) => Channel | undefined;
  close: (channel: number) => void;
  /** Lets all of them send what had to wait. */
  flush: () => void;
}

/** All sessions of one guest, by channel. */
export function createSessions(sender: GuestSender, places: Places): Sessions {
  const open = new Map<number, { role: Role; at: Channel }>();
  const kept = Object.values(places).reduce((sum, places) => sum + places, 0);

  function isFull(role: Role): boolean {
    const roles = [...open.values()].map((session) => session.role);
    const own = places[role];
    if (own !== undefined) return roles.filter((other) => other === role).length >= own;
    return roles.filter((other) => places[other] === undefined).length >= MOST_SESSIONS - kept;
  }

  return {
    open: (role, events) => {
      if (isFull(role)) return undefined;
      let channel = role === "main" ? MAIN : MAIN + 1;
      while (open.has(channel)) channel++;
      const at = createSession(channel, sender, events);
      open.set(channel, { role, at });
      return { channel, session: at.session };
    },
    at: (channel) => open.get(channel)?.at,
    close: (channel) => open.delete(channel),
    flush: () => {
      for (const { at } of open.values()) at.flush();
    },
  };
}
