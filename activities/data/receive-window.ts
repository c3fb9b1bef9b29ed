import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { isBreach } from '../../adaptor/data/injection/budgets.ts';
import { injectWindow } from '../../adaptor/data/injection/inject-window.ts';
import { openRows } from '../../adaptor/data/sealing/open-rows.ts';
import { requireChannel, stopChannel } from '../../adaptor/data/state/channel.ts';
import { stopLink } from '../../adaptor/data/state/link.ts';
import { readWindow } from '../../adaptor/data/state/window.ts';
import { type ReverseMessageClaims, type ReverseOrder, partyId } from '../../exchange/claims.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, type LinkSetup, collectionOf, linkOf } from '../link-setup.ts';
import { type MovedWindow, observed } from '../observe-window.ts';
import { planOf } from '../plans.ts';
import { raiseAndAnnounce } from './raise-breach.ts';
import { acceptedOrders } from './accepted-order.ts';
import { whileStanding } from './while-standing.ts';

/** Which window is received: the next after `afterOrdinal`, under an accepted message. */
export interface ReceiveWindowInput {
  readonly link: string;
  readonly runId: string;
  readonly messageId: string;
  readonly collection: string;
  readonly afterOrdinal: number;
}

/** What was received. */
export interface ReceivedWindow {
  /** Null where the cloud had nothing to send. */
  readonly ordinal: number | null;
  readonly offered: number;
  /** Whether the message has no more windows for this collection. */
  readonly last: boolean;
  /** Number of the breach that waits for approval, where the window would have done more than its budget allows. */
  readonly breach: number | null;
}

/** Codes with which the cloud says that nothing of a collection goes on there by itself. */
const STOPPED_THERE: ReadonlySet<ErrorCode> = new Set(['truncate-needs-approval', 'collection-stopped']);

type Context = Pick<ActivityContext, 'links' | 'consumer' | 'reverse' | 'registry' | 'observeWindow' | 'hooks' | 'announceApproval'>;

/**
 * Fetches one reverse window under the message and injects it, in one transaction with the CRM's signed receipt. A
 * repetition finds the window that it applied before. Throws `link-stopped`, `message-expired`, `batch-refused`, or as the
 * producer and the injector do.
 */
export async function receiveWindow(context: Context, input: ReceiveWindowInput): Promise<ReceivedWindow> {
  const setup = linkOf(context, input.link);
  const ordinal = input.afterOrdinal + 1;
  const applied = await readWindow(context.consumer, { link: setup.name, collection: input.collection, direction: 'reverse' }, ordinal);
  if (applied?.state === 'applied') return { ordinal, offered: applied.offered, last: applied.last, breach: null };
  try {
    return await beating(
      () => ({ collection: input.collection, ordinal }),
      (signal) =>
        observed(context, { link: setup.name, collection: input.collection, direction: 'reverse', ordinal }, (note) =>
          fetchAndInject(context, { setup, input, ordinal, signal, note }),
        ),
    );
  } catch (error) {
    // A window that was set down here has its batch.
    if (isBreach(error) && typeof error.facts['batchId'] === 'string')
      return { ordinal: null, offered: 0, last: true, breach: await holdBreach(context, setup, input, error) };
    // The cloud has stopped the collection, as for a truncated table of which it does not know what went: no order brings anything until somebody has looked.
    if (error instanceof TidegateError && STOPPED_THERE.has(error.code))
      await stopChannel(context.consumer, { link: setup.name, collection: input.collection, direction: 'reverse' }, 'stopped', error);
    // Positions that do not fit together mean that a store was restored: nothing moves until a person has looked.
    const isRestored = error instanceof TidegateError && (error.code === 'cursor-invalid' || error.code === 'incarnation-changed');
    if (isRestored) await stopLink(context.consumer, setup.name, error, 'tidegate');
    throw error;
  }
}

/** Writes down a breach, whose window was set down and of which nothing was written, and stops the collection; others of the message go on. Gives its number. */
async function holdBreach(context: Context, setup: LinkSetup, { runId, collection }: ReceiveWindowInput, { code, facts }: TidegateError): Promise<number> {
  const number = (name: string): number => Number(facts[name] ?? 0);
  const isTruncate = code === 'truncate-needs-approval';
  const raised = await raiseAndAnnounce(
    context,
    {
      link: setup.name,
      collection,
      direction: 'reverse',
      runId,
      kind: isTruncate ? 'truncate' : 'breach',
      code: isTruncate || code === 'delete-budget-exceeded' ? code : 'change-budget-exceeded',
      changes: number('changes'),
      deletes: number('deletes'),
      changeBudget: facts['changeBudget'] == null ? null : number('changeBudget'),
      deleteBudget: number('deleteBudget'),
      records: null,
      batchId: String(facts['batchId']),
    },
    { ask: isTruncate || collectionOf(setup, collection).approval.breach, validMs: setup.approvals.validMs },
  );
  return Number(raised.facts['approval']);
}

interface Fetch {
  readonly setup: LinkSetup;
  readonly input: ReceiveWindowInput;
  readonly ordinal: number;
  readonly signal: AbortSignal;
  readonly note: (batchId: string) => void;
}

async function fetchAndInject(context: Context, { setup, input, ordinal, signal, note }: Fetch): Promise<MovedWindow<ReceivedWindow>> {
  const { runId, messageId, collection } = input;
  const { jws, claims, order } = await orderOf(context, setup, messageId, collection);
  const plan = await planOf(context.consumer, setup, collection);
  const receiptedOrdinal = (await requireChannel(context.consumer, { link: setup.name, collection, direction: 'forward' })).ordinal;
  let last = true;
  const verifyManifest = async (manifestJws: string) => {
    const verified = await verify(manifestJws, 'manifest', { registry: context.registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
    const manifest = verified.claims;
    const fits = manifest.messageId === messageId && manifest.collection === collection && manifest.direction === 'reverse' && manifest.ordinal === ordinal;
    if (!fits) throw new TidegateError('batch-refused', 'The manifest is for another window.', { collection, ordinal });
    last = manifest.last ?? false;
    note(manifest.batchId);
    return { claims: manifest, jws: manifestJws };
  };
  const body = await whileStanding(context, setup, signal, (standing) =>
    setup.producer.fetchReverse({ collection, message: jws, holdMs: claims.holdMs, verify: verifyManifest, signal: standing }),
  );
  if (body === undefined) return { result: { ordinal: null, offered: 0, last: true, breach: null }, books: null };
  await context.hooks?.at('window-fetched');
  const { books, repeated } = await injectWindow(context.reverse, {
    plan,
    direction: 'reverse',
    kind: 'delta',
    ordinal,
    runId,
    message: {
      id: messageId,
      order,
    },
    rows: openRows(body.rows, { pool: context.consumer, plan, cipher: setup.cipher, receiptedOrdinal }),
    manifest: () => body.manifest(),
    signReceipt: (receipt) => issue(setup.signingKey, 'receipt', receipt),
  });
  await context.hooks?.at('window-applied');
  return { result: { ordinal, offered: books.offered, last, breach: null }, books: repeated ? null : books };
}

/** The order of a collection in an accepted message. */
async function orderOf(
  { consumer }: Context,
  setup: LinkSetup,
  messageId: string,
  collection: string,
): Promise<{ jws: string; claims: ReverseMessageClaims; order: ReverseOrder }> {
  const { jws, claims } = await acceptedOrders({ consumer }, setup, messageId);
  const order = claims.orders.find((one) => one.collection === collection);
  if (order === undefined) throw new TidegateError('scope-denied', undefined, { messageId, collection });
  return { jws, claims, order };
}
