import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';

/** So many requests of one key within a window. */
export interface RateBound {
  readonly requests: number;
  readonly windowMs: number;
}

/**
 * Counts requests by whoever sends them, in windows that begin with the first. Kept in memory: each process counts for itself,
 * and forgets when it is started again.
 */
export class RequestLimit {
  readonly #counter: RateLimiterMemory;
  readonly #bound: RateBound;
  readonly #code: ErrorCode;

  constructor(bound: RateBound, code: ErrorCode = 'too-many-requests') {
    this.#bound = bound;
    this.#code = code;
    this.#counter = new RateLimiterMemory({ points: bound.requests, duration: bound.windowMs / 1000 });
  }

  /** Counts a request. Throws the limit's code above the bound; facts: `retryAfterSeconds`, and `repeated` from the second refusal of a window on. */
  async take(key: string): Promise<void> {
    try {
      await this.#counter.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const { requests, windowMs } = this.#bound;
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw new TidegateError(this.#code, undefined, { retryAfterSeconds, requests, windowMs, repeated: refused.consumedPoints > requests + 1 });
    }
  }

  /** Takes back what was counted for something that turned out not to count. */
  async giveBack(key: string): Promise<void> {
    await this.#counter.reward(key);
  }
}

/** Whose address it is: of IPv6 the first half, since one customer holds the other half (RFC 6177). */
export function addressKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::');
  const groups = (text: string | undefined): readonly string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
