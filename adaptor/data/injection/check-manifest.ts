import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import type { CollectionPlan } from '../plan.ts';

/** What a manifest must be the manifest of. */
export interface ExpectedManifest {
  readonly plan: CollectionPlan;
  readonly direction: Direction;
  readonly kind: ManifestClaims['kind'];
  readonly ordinal: number;
  readonly chunk?: number | undefined;
  readonly messageId?: string | undefined;
}

/**
 * Checks that a verified manifest belongs to the window that it came with. Throws `link-mismatch`, `schema-drifted` (made
 * for another registration), `message-not-accepted` (bound to another message), else `batch-refused`.
 */
export function checkManifest(claims: ManifestClaims, expected: ExpectedManifest): void {
  const { link, definition, schemaHash } = expected.plan;
  const facts = { collection: definition.name, ordinal: expected.ordinal };
  if (claims.tenant !== link.tenant || claims.environment !== link.environment || claims.link !== link.link)
    throw new TidegateError('link-mismatch', undefined, facts);
  // Which of the two a window is, only its manifest tells; the path that it comes on is the same.
  const sameKind = claims.kind === expected.kind || (expected.kind === 'delta' && claims.kind === 'part');
  const same = claims.collection === definition.name && claims.direction === expected.direction && sameKind;
  if (!same || claims.ordinal !== expected.ordinal || claims.chunk !== expected.chunk)
    throw new TidegateError('batch-refused', 'Its manifest is that of another window.', facts);
  if (claims.schemaHash !== schemaHash) throw new TidegateError('schema-drifted', 'The window was made for another registration.', facts);
  if (claims.messageId !== expected.messageId) throw new TidegateError('message-not-accepted', 'The window is not bound to this message.', facts);
}
