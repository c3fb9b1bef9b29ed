import type { ChannelStanding } from '../activities/data/register-collections.ts';
import { activitiesWith } from './activities.ts';
import { fencedStep, loadStep, pumpStep, shortStep, wireStep } from './activity-options.ts';

/** How a session ended without a failure. */
export type SessionEnd = 'windows' | 'time' | 'request' | 'paused' | 'stopped';

/** What a session tells as it goes. */
export interface SessionTold {
  readonly phase: string;
  readonly epoch?: number;
  readonly collections?: readonly ChannelStanding[];
}

/** The result of a session. */
export interface SessionResult {
  readonly end: SessionEnd;
  /** Why the link is paused or stopped, and by whom. */
  readonly reason: string | null;
  readonly by: string | null;
}

/**
 * One session of a forward run: takes the link over under a new epoch, proves who it is, compares what both sides
 * remember, settles what was left open, loads what is new, and pumps changes until enough windows or time have passed.
 * Any failure of a fenced step ends the session; the next one begins with a new epoch, so that whatever the failed step
 * still does is refused on both sides.
 */
export async function runSession(link: string, runId: string, tell: (told: SessionTold) => void): Promise<SessionResult> {
  const at = { link, runId };
  tell({ phase: 'takes the link over' });
  const claim = await activitiesWith(shortStep, `${link}: take over under a new epoch`).claimLink(at);
  if (claim.state !== 'open') return { end: claim.state, reason: claim.reason, by: claim.by };
  const { epoch } = claim;

  tell({ phase: 'waits for the producer', epoch });
  await activitiesWith(wireStep, 'certificates of both sides').checkCertificate({ link });
  const token = await activitiesWith(wireStep, 'access token, kept in the worker').obtainToken({ link, operations: ['open', 'register', 'forward'] });

  tell({ phase: 'opens the link' });
  const { opening } = await activitiesWith(shortStep, `epoch ${epoch}`).signOpening({ ...at, epoch });
  const { answer } = await activitiesWith(fencedStep, `epoch ${epoch}`).openLink({ link, epoch, opening, token });
  await activitiesWith(shortStep, 'positions and incarnations of both sides').verifyOpening({ ...at, epoch, opening, answer });

  tell({ phase: 'settles windows without an answer' });
  await activitiesWith(fencedStep, 'windows that got no answer').settleWindows({ ...at, epoch, token });
  tell({ phase: 'registers collections' });
  const { collections } = await activitiesWith(fencedStep, 'definitions of all collections').registerCollections({ ...at, epoch, token });
  tell({ phase: 'knows its collections', collections });

  for (const { collection, state } of collections) {
    if (state !== 'new' && state !== 'loading') continue;
    tell({ phase: `loads ${collection}` });
    await activitiesWith(loadStep, `${collection}: initial load`).initialLoad({ ...at, epoch, token, collection });
  }

  tell({ phase: 'pumps changes' });
  const { end, reason, by } = await activitiesWith(pumpStep, `${link}: changes as they happen`).pumpWindows({ ...at, epoch, token });
  return { end, reason, by };
}
