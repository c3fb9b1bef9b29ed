import { describe, expect, it } from 'vitest';
import { type DirectionFreshness, judgeFreshness, type LinkFreshness } from '../../../crm/status/alarms.ts';

const NOW = new Date('2026-01-02T12:00:00Z');
const BOUNDS = { staleAfterMs: 600_000, pausedAfterMs: 3_600_000 };
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

const way = (change: Partial<DirectionFreshness> = {}): DirectionFreshness => ({
  direction: 'forward',
  periodMs: 60_000,
  lastStartedAt: ago(1),
  running: false,
  collections: [{ collection: 'contacts', provenAt: ago(1), loading: false }],
  ...change,
});
const link = (change: Partial<LinkFreshness> = {}): LinkFreshness => ({
  link: 'a/b/c',
  state: 'open',
  stateAt: ago(600),
  openedAt: ago(600),
  directions: [way()],
  ...change,
});
const judge = (one: LinkFreshness, watchedSince = ago(600)) => judgeFreshness([one], BOUNDS, NOW, watchedSince).map(({ id }) => id);

describe('the dead-man’s switch', () => {
  it('is silent where runs start and collections are proved in time', () => {
    expect(judge(link())).toEqual([]);
  });

  it.each([
    ['no run was started', way({ lastStartedAt: ago(11) }), ['no-run:a/b/c:forward']],
    ['no run was ever started', way({ lastStartedAt: null }), ['no-run:a/b/c:forward']],
    ['one that goes on is a run', way({ lastStartedAt: ago(300), running: true }), []],
    [
      'one that goes on and proves nothing',
      way({ running: true, collections: [{ collection: 'tasks', provenAt: ago(11), loading: false }] }),
      ['no-proof:a/b/c:forward:tasks'],
    ],
    ['never proved', way({ collections: [{ collection: 'tasks', provenAt: null, loading: false }] }), ['no-proof:a/b/c:forward:tasks']],
    ['a load that goes on', way({ running: true, collections: [{ collection: 'tasks', provenAt: null, loading: true }] }), []],
    ['a load that nobody works on', way({ collections: [{ collection: 'tasks', provenAt: null, loading: true }] }), ['no-proof:a/b/c:forward:tasks']],
    ['a long period has three of them', way({ periodMs: 3_600_000, lastStartedAt: ago(170) }), []],
    ['and no more', way({ periodMs: 3_600_000, lastStartedAt: ago(182) }), ['no-run:a/b/c:forward']],
    ['nothing flows this way', way({ lastStartedAt: null, collections: [] }), []],
  ] as const)('%s', (_name, direction, alarms) => {
    expect(judge(link({ directions: [direction] }))).toEqual(alarms);
  });

  it('waits for what was never seen since somebody watches', () => {
    const unopened = link({ state: 'unopened', openedAt: null, directions: [way({ lastStartedAt: null })] });
    expect(judge(unopened, ago(5))).toEqual([]);
    expect(judge(unopened, ago(11))).toEqual(['no-run:a/b/c:forward']);
  });

  it('bears a pause for its time, and then says that alone', () => {
    const stale = [way({ lastStartedAt: ago(500) })];
    expect(judge(link({ state: 'paused', stateAt: ago(59), directions: stale }))).toEqual([]);
    expect(judge(link({ state: 'paused', stateAt: ago(61), directions: stale }))).toEqual(['paused-too-long:a/b/c']);
  });
});
