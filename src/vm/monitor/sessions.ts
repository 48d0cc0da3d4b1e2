import {
  createSession,
  type Channel,
  type Session,
  type SessionEvents,
  type GuestSender,
} from "./session.js";

/**
 * The purpose of a session: the workload, a program started by a command, a health check, a connection to a port, or an
 * operation of the agent on files and programs.
 */
export type Role = "main" | "exec" | "health" | "dial" | "archive" | "copy" | "task";

/** Number of sessions reserved for a role. All other roles share the rest. */
export type Places = Partial<Record<Role, number>>;

/** The agent's limit (docs/protocol.md). */
export const MOST_SESSIONS = 128;
/** The channel of the main session. */
export const MAIN = 1;

export interface Sessions {
  /** Opens a session of this role on a free channel; returns undefined if the limit is reached. */
  open: (role: Role, events: SessionEvents) => { channel: number; session: Session } | undefined;
  /** The session on this channel. */
  at: (channel: number) => Channel | undefined;
  close: (channel: number) => void;
  /** Lets all sessions send what they held back. */
  flush: () => void;
}

/** Manages the sessions of one guest, by channel. */
export function createSessions(sender: GuestSender, places: Places): Sessions {
  const open = new Map<number, { role: Role; at: Channel }>();
  const reserved = Object.values(places).reduce((sum, places) => sum + places, 0);

  function isFull(role: Role): boolean {
    const roles = [...open.values()].map((session) => session.role);
    const own = places[role];
    if (own !== undefined) return roles.filter((other) => other === role).length >= own;
    return roles.filter((other) => places[other] === undefined).length >= MOST_SESSIONS - reserved;
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
