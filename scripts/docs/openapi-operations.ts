import { type RowForm, rowFormSchema } from '../../exchange/wire-row.ts';
import type { SignedKind } from '../../exchange/protocol.ts';

/** A body: a signed object by its kind, a stream of rows, a form, or JSON by the name of its schema. */
export type Body =
  | { readonly signed: SignedKind }
  | { readonly window: string; readonly forms?: readonly RowForm[] }
  | { readonly form: string }
  | { readonly json: string };

/** What OpenAPI tells of one route of the producer, beyond its path and its operation. */
export interface OperationText {
  readonly id: string;
  readonly summary: string;
  readonly request?: Body;
  /** Answers by status; `null` for one without body. */
  readonly answers: Readonly<Record<number, Body | null>>;
}

/** By method and path. docs/protocol.md says what each does; a route that is missing here, or is here alone, fails the generation. */
export const OPERATIONS: Readonly<Record<string, OperationText>> = {
  'get /v1/health': { id: 'health', summary: 'Whether the producer and its store are up, and which versions it speaks.', answers: { 200: { json: 'Health' } } },
  'post /v1/token': {
    id: 'token',
    summary: 'An access token for client credentials with a signed assertion (RFC 7523), bound to the certificate (RFC 8705).',
    request: { form: 'TokenRequest' },
    answers: { 200: { json: 'TokenAnswer' } },
  },
  'post /v1/links/{tenant}/{environment}/{link}/openings': {
    id: 'openLink',
    summary: 'Opens the link for a run under a greater epoch; both sides compare what they remember.',
    request: { signed: 'opening' },
    answers: { 200: { signed: 'openingAnswer' } },
  },
  'put /v1/links/{tenant}/{environment}/{link}/collections/{collection}/registration': {
    id: 'registerCollection',
    summary: "Registers a collection's definition.",
    request: { signed: 'registration' },
    answers: { 200: { signed: 'registrationAnswer' } },
  },
  'put /v1/links/{tenant}/{environment}/{link}/collections/{collection}/forward/{ordinal}': {
    id: 'sendWindow',
    summary: 'A forward window (`delta` or `part`): applied whole, in one transaction with its receipt; sent again, it has no second effect.',
    request: { window: 'Rows, then a manifest of kind `delta` or `part`.' },
    answers: { 200: { signed: 'receipt' } },
  },
  'put /v1/links/{tenant}/{environment}/{link}/collections/{collection}/forward/{ordinal}/chunks/{chunk}': {
    id: 'sendChunk',
    summary: 'A chunk of an initial load, in any order and in parallel.',
    request: { window: 'Rows, then a manifest of kind `chunk`.', forms: rowFormSchema.options },
    answers: { 200: { signed: 'receipt' } },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/forward/{ordinal}/close': {
    id: 'closeLoad',
    summary: 'The end of an initial load: a manifest of kind `load` over all its chunks.',
    request: { signed: 'manifest' },
    answers: { 200: { signed: 'receipt' } },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/forward/{ordinal}/settle': {
    id: 'settleWindow',
    summary: 'What became of a window that got no answer: its receipt, else the ordinal is void.',
    request: { signed: 'settlement' },
    answers: { 200: { signed: 'receipt' } },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/erasures': {
    id: 'eraseRecord',
    summary: "Destroys one record and every value that is kept of it, by the CRM's signed order.",
    request: { signed: 'erasure' },
    answers: { 200: { signed: 'erasureReceipt' } },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/reverse': {
    id: 'orderWindow',
    summary: 'The next window under a reverse synchronisation message; 204 where there is nothing.',
    request: { signed: 'reverseMessage' },
    answers: { 200: { window: 'Rows, then a manifest that names the message.' }, 204: null },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/preview': {
    id: 'previewWindow',
    summary: 'What an order would bring, shown and bound to nothing; 204 where there is nothing.',
    request: { signed: 'preview' },
    answers: { 200: { window: 'Rows, then a manifest of kind `preview`.' }, 204: null },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/reverse/{ordinal}/receipt': {
    id: 'returnReceipt',
    summary: "The CRM's receipt of a reverse window.",
    request: { signed: 'receipt' },
    answers: { 204: null },
  },
  'post /v1/links/{tenant}/{environment}/{link}/collections/{collection}/reconciliation': {
    id: 'reconcile',
    summary: 'One step of a comparison of both stores: hashes and keys of what the cloud holds, or what it is to offer to the next order.',
    request: { signed: 'reconciliation' },
    answers: { 200: { signed: 'reconciliationAnswer' } },
  },
};
