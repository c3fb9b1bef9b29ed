import { partyId } from '../../exchange/claims.ts';
import { linkName, parseLinkName, sideSchema } from '../../exchange/names.ts';
import type { LinkIdentity, Side } from '../../exchange/names.ts';

/** A party as it stands in `iss` and `aud`: one side of one link. */
export interface Party {
  readonly side: Side;
  readonly link: LinkIdentity;
}

/** The parts of a party's id (`crm:tenant/environment/link`); undefined if the text is none. */
export function parseParty(id: string): Party | undefined {
  const colon = id.indexOf(':');
  const side = sideSchema.safeParse(id.slice(0, Math.max(colon, 0)));
  if (!side.success) return undefined;
  try {
    return { side: side.data, link: parseLinkName(id.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

/** Id of the other side of the same link. Throws a RangeError if the text is no party's id. */
export function counterpart(id: string): string {
  const party = parseParty(id);
  if (party === undefined) throw new RangeError('not the id of a party');
  return partyId(party.side === 'crm' ? 'cloud' : 'crm', party.link);
}

/** Whether two links are the same. */
export function sameLink(a: LinkIdentity, b: LinkIdentity): boolean {
  return linkName(a) === linkName(b);
}

/**
 * Whether a certificate registered for `owner` may speak for `party`. A certificate belongs to a machine, which may serve
 * several links: its owner is a party, or the beginning of one (`crm:tenant/environment`, `crm:tenant`).
 */
export function covers(owner: string, party: string): boolean {
  return owner === party || party.startsWith(`${owner}/`);
}
