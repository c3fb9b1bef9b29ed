import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAs } from '../../support/page-reader.ts';

readAs({ languages: ['en-GB'], zone: 'America/New_York' });
const { today, VIEWER_ZONE } = await import('../../../web/page/dates/viewer-clock.ts');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('today', () => {
  it.each([
    ['2026-07-30T03:59:59Z', '2026-07-29'],
    ['2026-07-30T04:00:00Z', '2026-07-30'],
    ['2026-01-30T04:59:59Z', '2026-01-29'],
    ['2026-01-01T05:00:00Z', '2026-01-01'],
  ])('at %s is %s on the viewer’s clock, not of Greenwich', (now, day) => {
    vi.setSystemTime(new Date(now));
    expect(VIEWER_ZONE).toBe('America/New_York');
    expect(today()).toBe(day);
  });
});
