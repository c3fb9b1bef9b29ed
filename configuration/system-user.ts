import { userInfo } from 'node:os';

/** Who acts, for the log: the name of the system's user, or its number where it has no name, as in containers that run under any. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
