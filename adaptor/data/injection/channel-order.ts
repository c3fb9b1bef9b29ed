import type { PoolClient } from 'pg';
import { type Books, EMPTY_BOOKS } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Incarnation, incarnationDifferences } from '../../../exchange/incarnation.ts';
import type { Direction } from '../../../exchange/names.ts';
import { preparedRow } from '../control-rows.ts';
import { INCARNATION_COLUMNS } from '../incarnation.ts';
import { allInOrder, pipelined } from '../pipelined.ts';
import type { CollectionPlan } from '../plan.ts';
import { BOOKS_COLUMNS } from './write-window.ts';

/** What the receiver knows of a window's place, read under the channel's lock. */
export interface WindowPlace {
  readonly epoch: number;
  readonly generation: number;
  readonly linkState: string;
  readonly channelState: string;
  /** This store when the link was last opened, and now. */
  readonly opened: Incarnation | null;
  readonly now: Incarnation;
  /** Last ordinal applied or void. */
  readonly last: number;
  /** The window of that ordinal, where there is one: `prepared` while the chunks of a load arrive. */
  readonly state: 'prepared' | 'applied' | 'void' | null;
  readonly kind: string | null;
  readonly digest: string | null;
  readonly receipt: string | null;
  readonly books: Books;
}

type WindowPart = Pick<WindowPlace, 'state' | 'kind' | 'digest' | 'receipt' | 'books'>;

const NO_WINDOW: WindowPart = { state: null, kind: null, digest: null, receipt: null, books: EMPTY_BOOKS };

/**
 * Locks a link's row (shared: who takes the link over waits for what is under way), then a channel's, and reads the place
 * of an ordinal. Windows take the channel for themselves; chunks of a load share it. Throws `collection-unknown`.
 */
export async function lockPlace(
  client: PoolClient,
  plan: CollectionPlan,
  direction: Direction,
  ordinal: number,
  lock: 'update' | 'share',
): Promise<WindowPlace> {
  const channel = [plan.linkName, plan.definition.name, direction];
  const [locked, window] = await pipelined(client, () => allInOrder([lockRows(client, channel, lock), readPart(client, [...channel, ordinal])]));
  if (locked === undefined) throw new TidegateError('collection-unknown', undefined, { collection: plan.definition.name });
  return { ...locked, ...(window ?? NO_WINDOW) };
}

function lockRows(client: PoolClient, channel: readonly unknown[], lock: 'update' | 'share'): Promise<Omit<WindowPlace, keyof WindowPart> | undefined> {
  return preparedRow<Omit<WindowPlace, keyof WindowPart>>(
    client,
    `with l as materialized (select name, epoch, generation, state, incarnation from tidegate.link where name = $1 for share)
     select l.epoch, l.generation, l.state as "linkState", c.state as "channelState", c.ordinal as last, l.incarnation as opened,
            (select to_json(s) from (select ${INCARNATION_COLUMNS} from tidegate.store s) s) as now
     from l join tidegate.channel c on c.link = l.name
     where c.collection = $2 and c.direction = $3
     for ${lock} of c`,
    channel,
  );
}

/** A statement of its own: its snapshot sees what was committed while the one before waited. */
function readPart(client: PoolClient, window: readonly unknown[]): Promise<WindowPart | undefined> {
  return preparedRow<WindowPart>(
    client,
    `select state, kind, digest, receipt, ${BOOKS_COLUMNS} as books from tidegate."window" where link = $1 and collection = $2 and direction = $3 and ordinal = $4`,
    window,
  );
}

/**
 * Refuses a sender that was overtaken, a link or channel that is stopped, and every window in a store that is not the one that
 * opened the link. Throws `epoch-stale`, `link-stopped`, `incarnation-changed`.
 */
export function checkFence(place: WindowPlace, claims: Pick<ManifestClaims, 'epoch'> & Partial<Pick<ManifestClaims, 'generation'>>): void {
  const differences = place.opened === null ? [] : incarnationDifferences(place.opened, place.now);
  if (differences.length > 0) throw new TidegateError('incarnation-changed', `The receiving store differs in ${differences.join(', ')}.`, { differences });
  if (claims.epoch !== place.epoch) throw new TidegateError('epoch-stale', `Epoch ${claims.epoch}, the link is at ${place.epoch}.`);
  if (claims.generation !== undefined && claims.generation !== place.generation)
    throw new TidegateError('epoch-stale', `Generation ${claims.generation}, the link is at ${place.generation}.`);
  if (place.linkState === 'stopped' || place.channelState === 'stopped') throw new TidegateError('link-stopped');
}

/**
 * The stored receipt of a window that was applied before, undefined where it is the next one. Throws `batch-refused`
 * (another digest), `ordinal-void`, `ordinal-out-of-order`.
 */
export function storedReceipt(place: WindowPlace, ordinal: number, digest: string): string | undefined {
  const facts = { ordinal, last: place.last };
  if (place.state === 'applied' && place.receipt !== null) {
    if (place.digest !== digest) throw new TidegateError('batch-refused', 'This ordinal was applied with other content.', facts);
    return place.receipt;
  }
  if (place.state === 'void') throw new TidegateError('ordinal-void', undefined, facts);
  if (ordinal !== place.last + 1) throw new TidegateError('ordinal-out-of-order', undefined, facts);
  return undefined;
}
