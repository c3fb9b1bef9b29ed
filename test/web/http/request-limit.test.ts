import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { RequestLimit, addressKey } from '../../../web/http/request-limit.ts';

describe('a limit of requests', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const factsOf = (taken: Promise<void>) => taken.then(() => undefined).catch((error: unknown) => (error instanceof TidegateError ? error.facts : error));

  it('lets so many through in a window, says when the next may come, and tells the first refusal from those after it', async () => {
    const limit = new RequestLimit({ requests: 3, windowMs: 10_000 });
    for (let i = 0; i < 3; i++) await limit.take('a');
    vi.advanceTimersByTime(6500);
    expect(await factsOf(limit.take('a'))).toEqual({ retryAfterSeconds: 4, requests: 3, windowMs: 10_000, repeated: false });
    expect(await factsOf(limit.take('a'))).toMatchObject({ retryAfterSeconds: 4, repeated: true });
    expect(await factsOf(limit.take('b'))).toBeUndefined();
    vi.advanceTimersByTime(3500);
    expect(await factsOf(limit.take('a'))).toBeUndefined();
  });

  it('never lets more through than its bound, whatever the times are', async () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(400), key: fc.constantFrom('a', 'b') }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (requests, bound) => {
        const limit = new RequestLimit({ requests: bound, windowMs: 1000 });
        const taken: Record<string, number[]> = { a: [], b: [] };
        for (const { afterMs, key } of requests) {
          vi.advanceTimersByTime(afterMs);
          if ((await factsOf(limit.take(key))) === undefined) taken[key]?.push(Date.now());
        }
        // Windows begin with the first request: so many more than the bound can only be let in where two windows meet.
        for (const times of Object.values(taken))
          for (const [at, time] of times.entries()) expect(times.slice(at).filter((each) => each - time < 1000).length).toBeLessThanOrEqual(2 * bound);
      }),
      { numRuns: 100 },
    );
  });
});

describe('whose address it is', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:7::1', '2001:db8:0:7::/64'],
    ['2001:0db8:0000:0007:ffff:ffff:ffff:ffff', '2001:db8:0:7::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s counts as %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key);
  });

  it('is the same for every way to write it', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        fc.pre(isIPv6(ip) && !ip.includes('.'));
        // The URL parser knows the one form that RFC 5952 recommends.
        const canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
        expect(addressKey(ip)).toBe(addressKey(canonical));
      }),
    );
  });
});
