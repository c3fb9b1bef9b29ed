import type { CloudRecordState, DifferenceKind } from '../../../exchange/reconciliation.ts';
import type { CrmRecordState } from './record-states.ts';

/** A record as both sides told of it, at a moment in which the CRM's did not change. */
export interface RecordPair {
  readonly key: readonly string[];
  readonly crm: CrmRecordState;
  readonly cloud: CloudRecordState;
  /** The CRM's record changed while the cloud was asked. */
  readonly moved: boolean;
}

/** What a pair is: nothing, something that only waits (with why), or a difference. */
export type Finding =
  | { readonly as: 'equal' }
  | { readonly as: 'waiting'; readonly why: 'in-flight' | 'not-ordered-in' | 'set-aside' | 'filtered' }
  | { readonly as: 'difference'; readonly kind: DifferenceKind; readonly fields: readonly string[] };

const difference = (kind: DifferenceKind, fields: readonly string[] = []): Finding => ({ as: 'difference', kind, fields });

/**
 * What a pair of states is. What either side knows to be on its way, or to wait for somebody, is never a difference: it goes
 * first. `fields` are those of the hashes, in order; `retracts`: records that leave the filter are taken back from the cloud.
 */
export function classify({ crm, cloud, moved }: RecordPair, fields: readonly string[], retracts: boolean): Finding {
  if (moved || crm.inFlight) return { as: 'waiting', why: 'in-flight' };
  if (crm.waits || cloud.setAside) return { as: 'waiting', why: 'set-aside' };
  if (cloud.pending) return { as: 'waiting', why: 'not-ordered-in' };
  if (cloud.place === 'outside') return { as: 'waiting', why: 'filtered' };
  if (crm.place === 'outside') {
    if (cloud.place === 'absent') return { as: 'equal' };
    return retracts ? difference('out-of-scope') : { as: 'waiting', why: 'filtered' };
  }
  if (crm.place === 'absent') {
    if (cloud.place === 'absent') return { as: 'equal' };
    return difference(crm.deleted ? 'deleted-at-crm' : 'extra');
  }
  if (cloud.place === 'absent') return difference(cloud.deleted ? 'deleted-at-cloud' : 'missing');
  const altered = fields.filter((_, i) => crm.hashes[i] !== cloud.hashes[i]);
  if (altered.length === 0) return { as: 'equal' };
  return cloud.offered ? { as: 'waiting', why: 'not-ordered-in' } : difference('altered', altered);
}
