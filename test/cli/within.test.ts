import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { within } from '../../cli/within.ts';

describe('waiting for so many seconds', () => {
  it('gives what was waited for, or what it failed with', async () => {
    expect(await within(60, 'The plan', Promise.resolve(7))).toBe(7);
    await expect(within(60, 'The plan', Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('says of what is not heard of any more that it goes on', async () => {
    const lost = Object.assign(new Error('read'), { code: 'ECONNRESET' });
    await expect(within(60, 'The plan', Promise.reject(lost))).rejects.toMatchObject({
      code: 'database-unavailable',
      facts: { done: ['The plan was asked for, and goes on by itself'] },
    });
  });

  it('ends after them, and says that the work goes on', async () => {
    const work = sleep(60_000, undefined, { ref: false });
    await expect(within(0.01, 'The plan', work)).rejects.toMatchObject({
      code: 'run-failed',
      message: expect.stringContaining('The plan is not done after 0.01 s; it goes on.'),
    });
  });

  it('keeps no process alive once it is over', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await within(3600, 'The plan', Promise.resolve());
    expect(timers()).toBe(before);
  });
});
