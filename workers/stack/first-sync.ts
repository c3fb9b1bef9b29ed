import type { Pool } from 'pg';
import { waitForRequest } from '../../adaptor/data/control/wait-for-request.ts';
import { readLink } from '../../adaptor/data/state/link.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { TidegateClient } from '../../scheduler/tidegate-client.ts';

/** What a first synchronisation is waited for with. */
export interface FirstSync {
  /** The CRM's store, as the consumer. */
  readonly pool: Pool;
  readonly tidegate: Pick<TidegateClient, 'requestForward'>;
  readonly links: readonly LinkName[];
  /** How long a link is waited for in all, and how often it is looked whether it is still open. */
  readonly timeoutMs?: number;
  readonly lookMs?: number;
}

/**
 * Has each link synchronised forward and waits for it, so that what is shown then is there. A link that is paused or stopped, before or
 * meanwhile, is not waited for: it waits for a person, who needs the pages for that. Neither is a load that takes longer: it goes on.
 */
export async function synchroniseFirst({ pool, tidegate, links, timeoutMs = 10 * 60_000, lookMs = 1000 }: FirstSync): Promise<void> {
  const isHeld = async (link: LinkName): Promise<boolean> => ['paused', 'stopped'].includes((await readLink(pool, link))?.state ?? '');
  for (const link of links) {
    if (await isHeld(link)) continue;
    const request = await unless('link-stopped', tidegate.requestForward({ link, by: 'npm start' }));
    const until = performance.now() + timeoutMs;
    let goesOn = request !== undefined;
    while (goesOn) {
      const finished = await unless('run-failed', waitForRequest(pool, request?.requestId ?? '', lookMs));
      goesOn = finished === undefined && performance.now() < until && !(await isHeld(link));
    }
  }
}

/** What a promise gives; undefined where it is refused with a code. */
async function unless<T>(code: ErrorCode, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof TidegateError && error.code === code) return undefined;
    throw error;
  }
}
