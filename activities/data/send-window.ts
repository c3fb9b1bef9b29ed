import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import type { PreparedWindow } from '../../adaptor/data/extraction/prepared-window.ts';
import { sealRows } from '../../adaptor/data/sealing/seal-rows.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { confirmReceipt } from '../../adaptor/data/state/receipts.ts';
import { markSent } from '../../adaptor/data/state/window.ts';
import type { Books } from '../../exchange/books.ts';
import { partyId } from '../../exchange/claims.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';
import { observed } from '../observe-window.ts';
import { checkReceipt } from './check-receipt.ts';

/** What a window is sent with. */
export interface SendWindow {
  readonly setup: LinkSetup;
  readonly plan: CollectionPlan;
  readonly window: PreparedWindow;
  readonly epoch: number;
}

type SendContext = Pick<ActivityContext, 'consumer' | 'registry' | 'observeWindow' | 'hooks'>;

/**
 * Sends a prepared window with its signed manifest, verifies the signed receipt and moves the channel on. Gives the books.
 * After any error but a refusal it is not known whether the window was applied: it has to be settled.
 */
export async function sendWindow(context: SendContext, sent: SendWindow): Promise<Books> {
  const { collection, direction, ordinal, batchId } = sent.window;
  return observed(context, { link: sent.setup.name, collection, direction, ordinal, batchId }, async () => {
    const books = await send(context, sent);
    return { result: books, books };
  });
}

async function send(context: SendContext, { setup, plan, window, epoch }: SendWindow): Promise<Books> {
  const { collection, direction, kind, ordinal, batchId, generation, fromCursor, toCursor, rows, tombstones, filtered } = window;
  const { tenant, environment, link } = setup.identity;
  const channel = { link: setup.name, collection, direction };
  let sent: Promise<string> | undefined;
  const manifest = async (digest: string): Promise<string> => {
    // Rows may leave before the window is written down; what lets them be applied may not.
    await window.written;
    const jws = await issue(setup.signingKey, 'manifest', {
      tenant,
      environment,
      link,
      collection,
      direction,
      kind,
      ordinal,
      batchId,
      epoch,
      generation,
      schemaHash: plan.schemaHash,
      fromCursor,
      toCursor,
      rows,
      tombstones,
      filtered,
      digest,
      ...(window.acknowledgedReverseOrdinal === undefined ? {} : { acknowledgedReverseOrdinal: window.acknowledgedReverseOrdinal }),
    });
    // Beside the bytes on their way, not before them; awaited below.
    sent = markSent(context.consumer, channel, ordinal, { digest, manifest: jws }).then(() => digest);
    sent.catch(() => undefined);
    return jws;
  };
  if (context.hooks !== undefined) await window.written;
  await context.hooks?.at('window-prepared');
  const sealed = sealRows(window.stream(), { pool: context.consumer, plan, cipher: setup.cipher, epoch, ordinal });
  const receiptJws = await setup.producer.sendWindow({ collection, ordinal, rows: sealed, manifest });
  await context.hooks?.at('window-answered');
  const digest = await sent;
  const { claims } = await verify(receiptJws, 'receipt', { registry: context.registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
  checkReceipt(claims, { collection, direction, ordinal, batchId, digest: digest ?? '', rows });
  await confirmReceipt(context.consumer, { ...channel, epoch, ordinal, receipt: claims, receiptJws });
  await context.hooks?.at('window-receipted');
  return claims.books;
}
