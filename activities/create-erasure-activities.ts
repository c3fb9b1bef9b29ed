import { type ChainContext, awaitForwarded, awaitReceived } from './erasure/await-told.ts';
import { type ErasureInput, beginErasure } from './erasure/begin-erasure.ts';
import { type CloseErasureInput, closeErasure } from './erasure/close-erasure.ts';
import { destroyValues } from './erasure/destroy-values.ts';
import { orderErasure } from './erasure/order-erasure.ts';

/** Activities that destroy the values of one record everywhere. Payloads hold the erasure's number only. */
export function createErasureActivities(context: ChainContext) {
  return {
    beginErasure: (input: ErasureInput) => beginErasure(context, input),
    awaitForwarded: (input: ErasureInput) => awaitForwarded(context, input),
    orderErasure: (input: ErasureInput) => orderErasure(context, input),
    awaitReceived: (input: ErasureInput) => awaitReceived(context, input),
    destroyValues: (input: ErasureInput) => destroyValues(context, input),
    closeErasure: (input: CloseErasureInput) => closeErasure(context, input),
  };
}
