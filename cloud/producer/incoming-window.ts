import type { FastifyRequest } from 'fastify';
import { issue } from '../../adaptor/auth/sign.ts';
import { readWindowBody } from '../../adaptor/communication/window-body-reader.ts';
import type { IncomingWindow, SignReceipt, VerifiedManifest } from '../../adaptor/data/injection/incoming-window.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { WindowKind } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type RowForm, rowFormSchema } from '../../exchange/wire-row.ts';
import { registeredPlan } from '../service-manager/registered-plans.ts';
import { type Authority, verifyFor } from './authority.ts';
import { framesOf, rowFormOf } from './bodies.ts';
import type { ProducerDependencies } from './dependencies.ts';

/** Forms in which the chunks of a load are taken. */
export const CHUNK_FORMS: readonly RowForm[] = rowFormSchema.options;

/** Which window a path names, and of which kinds its manifest may be. */
export interface ExpectedWindow {
  readonly collection: string;
  readonly ordinal: number;
  readonly chunk?: number;
  readonly kinds: readonly WindowKind[];
}

/** A forward window as the injector takes it: rows as they come, then the manifest that proves them. */
export async function receiveWindow(
  deps: ProducerDependencies,
  authority: Authority,
  request: FastifyRequest,
  expected: ExpectedWindow,
): Promise<Omit<IncomingWindow, 'kind' | 'chunk'>> {
  const plan = await registeredPlan(deps.pool, authority.link, expected.collection);
  const form = rowFormOf(request, expected.chunk === undefined ? ['csv'] : CHUNK_FORMS);
  const verifyManifest = async (jws: string): Promise<VerifiedManifest> => {
    const verified = await verifyManifestOf(deps, authority, plan, expected, jws);
    if ((verified.claims.rowForm ?? 'csv') !== form) throw new TidegateError('batch-refused', 'The rows have another form than the manifest says.', { form });
    return verified;
  };
  const { rows, manifest } = readWindowBody(framesOf(request, deps.limits), verifyManifest);
  return { plan, direction: 'forward', ordinal: expected.ordinal, rows, form, manifest, signReceipt: receiptSigner(authority) };
}

/** Verifies a forward manifest and that it is of the window that the path names. Throws as `verify` does, `batch-refused`, or `schema-drifted` where another definition is registered. */
export async function verifyManifestOf(
  deps: ProducerDependencies,
  authority: Authority,
  plan: CollectionPlan,
  expected: ExpectedWindow,
  jws: string,
): Promise<VerifiedManifest> {
  const verified = await verifyFor(authority, jws, 'manifest');
  const { claims } = verified;
  const { batchId, epoch } = claims;
  deps.observer?.ids({ link: authority.linkName, ...placeOf(expected), batchId, epoch });
  const names = { direction: 'forward', collection: expected.collection, ordinal: expected.ordinal, chunk: expected.chunk };
  const wrong = (Object.keys(names) as (keyof typeof names)[]).filter((name) => claims[name] !== names[name]);
  if (!expected.kinds.includes(claims.kind)) throw new TidegateError('batch-refused', 'The manifest is of another kind of window.', { kind: claims.kind });
  if (wrong.length > 0) throw new TidegateError('batch-refused', 'The manifest is of another window.', { members: wrong });
  if (claims.schemaHash !== plan.schemaHash)
    throw new TidegateError('schema-drifted', 'Another definition is registered.', {
      collection: expected.collection,
      registered: plan.schemaHash,
      sent: claims.schemaHash,
    });
  return verified;
}

const placeOf = ({ collection, ordinal, chunk }: ExpectedWindow) => ({ collection, ordinal, ...(chunk === undefined ? {} : { chunk }) });

/** Signs receipts for one link. */
export function receiptSigner({ key }: Authority): SignReceipt {
  return (claims) => issue(key, 'receipt', claims);
}
