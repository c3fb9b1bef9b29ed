import { readWindow } from '../../adaptor/data/state/window.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Which reverse window was applied. */
export interface ReturnReceiptInput {
  readonly link: string;
  readonly collection: string;
  readonly ordinal: number;
}

/** Returns the CRM's signed receipt of a reverse window to the cloud (rule 4), from the bytes that its transaction kept. */
export async function returnReceipt(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, collection, ordinal }: ReturnReceiptInput): Promise<void> {
  const { name, producer } = linkOf(context, link);
  const window = await readWindow(context.consumer, { link: name, collection, direction: 'reverse' }, ordinal);
  if (window?.receipt == null) throw new TidegateError('unexpected', 'The window has no receipt.', { collection, ordinal });
  await producer.returnReceipt({ collection, ordinal, receipt: window.receipt });
}
