import type { Direction } from '../../exchange/names.ts';

/**
 * What a dead-man's switch tells, judged from how fresh the data is and never from what a Schedule says of itself: no run was
 * started, nothing was proved complete, a pause lasts too long, or nothing can be judged because the store cannot be read.
 */
export type AlarmKind = 'no-run' | 'no-proof' | 'paused-too-long' | 'unreadable';

/** Something that should have happened and has not. */
export interface Alarm {
  /** The same as long as it lasts. */
  readonly id: string;
  readonly kind: AlarmKind;
  /** Null: every link. */
  readonly link: string | null;
  /** Null: the link as a whole. */
  readonly collection: string | null;
  readonly direction: Direction | null;
  /** When it last happened, or since when it is waited for. */
  readonly since: Date;
  /** How long that may be, in milliseconds. */
  readonly boundMs: number;
}

/** How long may pass, in milliseconds. */
export interface AlarmBounds {
  /** Without a run or proof; a direction whose period is longer has three periods and a minute. */
  readonly staleAfterMs: number;
  readonly pausedAfterMs: number;
}

/** Bounds where none are set: a quarter of an hour without proof, a working day of pause. */
export const DEFAULT_BOUNDS: AlarmBounds = { staleAfterMs: 900_000, pausedAfterMs: 28_800_000 };

/** One direction of a link. */
export interface DirectionFreshness {
  readonly direction: Direction;
  readonly periodMs: number;
  readonly lastStartedAt: Date | null;
  /** Whether a run that was started is not over. */
  readonly running: boolean;
  /** Collections that flow this way, with the moment up to which they are proved complete. */
  readonly collections: readonly { readonly collection: string; readonly provenAt: Date | null; readonly loading: boolean }[];
}

/** What is known of a link's freshness. Times are of the database's clock. */
export interface LinkFreshness {
  readonly link: string;
  /** unopened, open, paused, stopped */
  readonly state: string;
  /** Since when it is in that state; null where it was never opened. */
  readonly stateAt: Date | null;
  readonly openedAt: Date | null;
  readonly directions: readonly DirectionFreshness[];
}

/** What is waited for that was never seen is waited for since the link was opened, or since somebody watches. */
export function judgeFreshness(links: readonly LinkFreshness[], bounds: AlarmBounds, now: Date, watchedSince: Date): readonly Alarm[] {
  return links.flatMap((link): readonly Alarm[] => {
    const isOver = (since: Date, boundMs: number): boolean => now.getTime() - since.getTime() > boundMs;
    if (link.state === 'paused') {
      const since = link.stateAt ?? watchedSince;
      const boundMs = bounds.pausedAfterMs;
      return isOver(since, boundMs) ? [alarm('paused-too-long', link.link, null, null, since, boundMs)] : [];
    }
    const from = link.openedAt ?? watchedSince;
    return link.directions.flatMap(({ direction, periodMs, lastStartedAt, running, collections }) => {
      if (collections.length === 0) return [];
      const boundMs = Math.max(bounds.staleAfterMs, 3 * periodMs + 60_000);
      const started = lastStartedAt ?? from;
      const silent = !running && isOver(started, boundMs) ? [alarm('no-run', link.link, null, direction, started, boundMs)] : [];
      const unproven = collections
        .filter(({ provenAt, loading }) => !(loading && running) && isOver(provenAt ?? from, boundMs))
        .map(({ collection, provenAt }) => alarm('no-proof', link.link, collection, direction, provenAt ?? from, boundMs));
      return [...silent, ...unproven];
    });
  });
}

/** An alarm, named by what it is about. */
export function alarm(kind: AlarmKind, link: string | null, collection: string | null, direction: Direction | null, since: Date, boundMs: number): Alarm {
  const id = [kind, link, direction, collection].filter((part) => part !== null).join(':');
  return { id, kind, link, collection, direction, since, boundMs };
}
