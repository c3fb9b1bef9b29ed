import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { type Check, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';
import { WARN_DAYS } from './certificates.ts';

const CLIENTS = `
  select party, subject, state, floor(extract(epoch from not_after - to_timestamp($1::float8 / 1000)) / 86400)::int as days
    from tidegate.trusted_certificate order by party, not_after desc`;

/** The certificates with which the CRMs of this cloud may come: at least one, active, in its time. */
export const clients: Check<Parts> = {
  name: 'clients',
  run: async (parts) => {
    const rows = await controlRows<{ party: string; subject: string; state: string; days: number }>(parts.store, CLIENTS, [parts.nowMs()]);
    if (rows.length === 0) return [fault('certificates', 'no client certificate is registered: no CRM can come in', 'Register the certificate of each CRM.')];
    return [...Map.groupBy(rows, ({ party }) => party)].map(([party, known]) => {
      const best = known.filter(({ state }) => state === 'active').toSorted((a, b) => b.days - a.days)[0];
      if (best === undefined) return fault(party, 'its certificates are revoked', 'Let the CRM have a new certificate, and register it.');
      if (best.days < 0) return fault(party, 'its certificate has expired', 'Register the certificate that the CRM renewed.');
      return best.days < WARN_DAYS
        ? warning(party, `its certificate expires in ${best.days} days`, 'Ask the CRM for the next one, and register it beside this one.')
        : ok(party, `its certificate is valid for ${best.days} days`);
    });
  },
};
