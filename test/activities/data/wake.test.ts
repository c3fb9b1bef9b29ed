import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Wake } from '../../../activities/data/wake.ts';

/* The pump sleeps on this: a notice that is lost costs two seconds, a listener that stays costs memory until the pump ends. */

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const LONG_MS = 3_600_000;

describe('a wait for notices', () => {
  it('ends at once by a notice that came before it', async () => {
    const wake = new Wake();
    wake.ring();
    expect(await wake.wait(LONG_MS)).toBe(true);
  });

  it('ends by a notice that comes meanwhile', async () => {
    const wake = new Wake();
    const waiting = wake.wait(LONG_MS);
    wake.ring();
    expect(await waiting).toBe(true);
  });

  it('joins many notices into one: the next wait is for another one', async () => {
    const wake = new Wake();
    for (let n = 0; n < 5; n++) wake.ring();
    expect(await wake.wait(LONG_MS)).toBe(true);
    const next = wake.wait(10);
    await vi.advanceTimersByTimeAsync(10);
    expect(await next).toBe(false);
  });

  it('says that there was none when its time is over', async () => {
    const wake = new Wake();
    const waiting = wake.wait(2000);
    await vi.advanceTimersByTimeAsync(1999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBe(false);
  });

  it('keeps a notice that comes between two waits', async () => {
    const wake = new Wake();
    const first = wake.wait(10);
    await vi.advanceTimersByTimeAsync(10);
    await first;
    wake.ring();
    expect(await wake.wait(LONG_MS)).toBe(true);
  });

  it('ends when the activity is cancelled, at once where that is so already', async () => {
    const wake = new Wake();
    const cancelled = new AbortController();
    const waiting = wake.wait(LONG_MS, cancelled.signal);
    cancelled.abort();
    expect(await waiting).toBe(false);
    expect(await wake.wait(LONG_MS, cancelled.signal)).toBe(false);
  });

  it('leaves no timer and no listener behind, however it ends', async () => {
    const wake = new Wake();
    const { signal } = new AbortController();
    for (let n = 0; n < 20; n++) {
      const waiting = wake.wait(LONG_MS, signal);
      if (n % 2 === 0) wake.ring();
      else await vi.advanceTimersByTimeAsync(LONG_MS);
      await waiting;
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
