import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../activities/data/in-parallel.ts';

/** Things to do that end when they are told to. */
function doable() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  const act = (item: number): Promise<void> => {
    begun.push(item);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    ends.set(item, { resolve, reject });
    return promise;
  };
  return { begun, ends, act };
}

/** Lets what is ready run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('chunks of a load', () => {
  it('are each sent once, in any number of streams', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 20 }), fc.integer({ min: -1, max: 6 }), async (count, streams) => {
        const done: number[] = [];
        let [running, most] = [0, 0];
        const items = Array.from({ length: count }, (_, n) => n);
        await inParallel(items, streams, async (item) => {
          most = Math.max(most, ++running);
          await Promise.resolve();
          running -= 1;
          done.push(item);
        });
        expect(done.toSorted((a, b) => a - b)).toEqual(items);
        expect(most).toBeLessThanOrEqual(Math.max(1, streams));
        expect(most).toBe(Math.min(count, Math.max(1, streams)));
      }),
    );
  });

  it('begin in their order, as many as there are streams, and the next as soon as one has ended', async () => {
    const { begun, ends, act } = doable();
    const all = inParallel([1, 2, 3, 4], 2, act);
    await turn();
    expect(begun).toEqual([1, 2]);
    ends.get(2)?.resolve();
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    for (const item of [1, 3]) ends.get(item)?.resolve();
    await turn();
    ends.get(4)?.resolve();
    await all;
  });

  it('are not begun after one has failed; what is under way ends first, then the first failure is told', async () => {
    const { begun, ends, act } = doable();
    let told: unknown;
    const all = inParallel([1, 2, 3, 4], 2, act).catch((error: unknown) => (told = error));
    await turn();
    ends.get(1)?.reject(new Error('first'));
    await turn();
    expect([begun, told]).toEqual([[1, 2], undefined]);
    ends.get(2)?.reject(new Error('second'));
    await all;
    expect(begun).toEqual([1, 2]);
    expect(told).toMatchObject({ message: 'first' });
  });

  it('fail by what is thrown, whatever that is', async () => {
    await expect(inParallel([1], 1, () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});
