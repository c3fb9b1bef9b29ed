import type { ActivityContext } from './link-setup.ts';
import { checkCertificate } from './transport/check-certificate.ts';
import { type ObtainTokenInput, obtainToken } from './transport/obtain-token.ts';
import { type OpenLinkInput, openLink } from './transport/open-link.ts';
import { type ReturnReceiptInput, returnReceipt } from './transport/return-receipt.ts';

/** Activities that ask the producer, and move no records. */
export function createTransportActivities(context: ActivityContext) {
  return {
    checkCertificate: (input: { readonly link: string }) => checkCertificate(context, input),
    obtainToken: (input: ObtainTokenInput) => obtainToken(context, input),
    openLink: (input: OpenLinkInput) => openLink(context, input),
    returnReceipt: (input: ReturnReceiptInput) => returnReceipt(context, input),
  };
}
