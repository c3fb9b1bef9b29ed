import { TidegateError } from '../../exchange/errors.ts';

/** So many refused attempts within the window close the door for the rest of it. Hosts get more: a proxy can stand for many. */
const MAX_REFUSED = { user: 10, host: 100 } as const;
const WINDOW_MS = 5 * 60_000;

/** Who tries to sign in. */
export interface Attempt {
  readonly user: string;
  readonly host: string;
}

/** Slows down guessing of passwords. Kept in memory: one process serves the page. */
export class SignInLimit {
  readonly #refused = new Map<string, { count: number; until: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Throws `too-many-attempts` where this user or this host was refused too often. */
  check(attempt: Attempt): void {
    const now = this.#now();
    for (const kind of ['user', 'host'] as const) {
      const entry = this.#refused.get(`${kind}:${attempt[kind]}`);
      if (entry !== undefined && entry.until > now && entry.count >= MAX_REFUSED[kind]) {
        throw new TidegateError('too-many-attempts', undefined, { retryAfterSeconds: Math.ceil((entry.until - now) / 1000) });
      }
    }
  }

  /** Counts a refused attempt. */
  refused(attempt: Attempt): void {
    const now = this.#now();
    for (const [name, { until }] of this.#refused) if (until <= now) this.#refused.delete(name);
    for (const kind of ['user', 'host'] as const) {
      const name = `${kind}:${attempt[kind]}`;
      const entry = this.#refused.get(name);
      if (entry === undefined) this.#refused.set(name, { count: 1, until: now + WINDOW_MS });
      else entry.count += 1;
    }
  }
}
