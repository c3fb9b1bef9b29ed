import { loadSigningKeys } from '../../../adaptor/auth/signing-key-file.ts';
import { parseParty } from '../../../adaptor/auth/party.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { partyId } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { parseLinkName } from '../../../exchange/names.ts';
import { type Check, type Finding, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';
import { WARN_DAYS } from './certificates.ts';

const DAY_MS = 86_400_000;

interface Registered {
  readonly kid: string;
  readonly party: string;
  readonly state: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const REGISTERED = `select kid, party, state, not_before as "notBefore", not_after as "notAfter" from tidegate.trusted_key`;

/** This side signs for every link, with keys that its own store knows; and it knows a key of the other side in its time. */
export const keys: Check<Parts> = {
  name: 'keys',
  run: async (parts) => {
    const file = parts.setting('TIDEGATE_SIGNING_KEY');
    const registered = await controlRows<Registered>(parts.store, REGISTERED);
    let own: Awaited<ReturnType<typeof loadSigningKeys>>;
    try {
      own = await loadSigningKeys(file);
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      return [fault(file, error.message, "Put the file with this side's private signing keys there, mode 0600.")];
    }
    const other = parts.side === 'crm' ? 'cloud' : 'crm';
    const findings: Finding[] = [];
    for (const link of await linksOf(parts)) {
      const [mine, theirs] = [partyId(parts.side, link), partyId(other, link)];
      const key = own.get(mine);
      if (key === undefined)
        findings.push(fault(mine, `${file} holds no key for it`, 'Add a private key for this party, and register its public half at both sides.'));
      else
        findings.push(
          judge(
            mine,
            registered.filter(({ kid, party }) => kid === key.kid && party === mine),
            parts.nowMs(),
          ),
        );
      findings.push(
        judge(
          theirs,
          registered.filter(({ party }) => party === theirs),
          parts.nowMs(),
        ),
      );
    }
    return findings;
  },
};

/** Of a party's registered keys one has to be active and in its time; the best is told of. */
function judge(party: string, registered: readonly Registered[], nowMs: number): Finding {
  const register = 'Register its public key in this store.';
  if (registered.length === 0) return fault(party, 'its key is not registered', register);
  const active = registered.filter(({ state }) => state === 'active');
  if (active.length === 0) return fault(party, 'its key is revoked', `Make a new key for it. ${register}`);
  const inTime = active.filter(({ notBefore, notAfter }) => notBefore.getTime() <= nowMs && nowMs < notAfter.getTime());
  if (inTime.length === 0) return fault(party, 'its key is not in its time', `${register} If it should be, check the clock of this machine.`);
  const days = Math.floor((Math.max(...inTime.map(({ notAfter }) => notAfter.getTime())) - nowMs) / DAY_MS);
  return days < WARN_DAYS
    ? warning(party, `its key expires in ${days} days`, `Make a new key for it in good time. ${register}`)
    : ok(party, `its key is valid for ${days} days`);
}

/** The CRM's links are configured; the cloud's are those that a key of a CRM is registered for. */
async function linksOf(parts: Parts) {
  if (parts.side === 'crm') return (await parts.config()).links;
  const rows = await controlRows<{ party: string }>(parts.store, `select distinct party from tidegate.trusted_key order by party`);
  const links = new Set(rows.flatMap(({ party }) => (parseParty(party) === undefined ? [] : [party.slice(party.indexOf(':') + 1)])));
  return [...links].map(parseLinkName);
}
