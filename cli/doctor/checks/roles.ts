import { connect } from '../../../adaptor/data/pool.ts';
import { assertRolesSafe } from '../../../adaptor/data/roles/assert-roles-safe.ts';
import { compareControlRights } from '../../../adaptor/data/roles/control-rights.ts';
import { STORE_ROLES } from '../../../adaptor/data/roles/role-names.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

const PROVISION = 'Provision the roles again: that writes the whole list anew.';

/** The roles exist, hold no power that goes round the rules, and exactly the rights in the control plane that they should. */
export const roles: Check<Parts> = {
  name: 'roles',
  run: async (parts) => {
    const findings: Finding[] = await unsafeRoles(parts);
    const { missing, surplus } = await compareControlRights(parts.store, parts.side);
    for (const right of missing) findings.push(fault(roleOf(right), `it lacks ${rest(right)}`, PROVISION));
    for (const right of surplus)
      findings.push(fault(roleOf(right), `it holds ${rest(right)}, and should not`, `Revoke it, and find out who gave it. ${PROVISION}`));
    return findings.length > 0 ? findings : STORE_ROLES[parts.side].map((role) => ok(role, 'its rights are as provisioned'));
  },
};

async function unsafeRoles(parts: Parts): Promise<Finding[]> {
  const client = await connect(parts.store);
  try {
    await assertRolesSafe(client, STORE_ROLES[parts.side]);
    return [];
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'role-unsafe') throw error;
    return ((error.facts['findings'] ?? []) as readonly string[]).map((told) =>
      fault(roleOf(told), rest(told), 'Take the power away: with it the role goes round row rules, grants and the guard.'),
    );
  } finally {
    client.release();
  }
}

const roleOf = (told: string): string => told.split(': ')[0] ?? '';
const rest = (told: string): string => told.split(': ').slice(1).join(': ');
