import type { Client } from 'pg';
import { WIRE_SETTINGS } from '../exchange/protocol.ts';
import { type StoreDigest, compareStores, digestOf } from '../workers/stack/cycle/compare-stores.ts';
import type { BenchStack } from './bench-stack.ts';
import { CONTACT_COLUMNS } from './contacts.ts';

/** Proves that product's target holds what the CRM does, by count and hash, with SQL of its own. Throws where it does not. */
export async function proveProduct({ crm, cloud, link }: BenchStack): Promise<void> {
  for (const { collection, crm: ours, cloud: theirs, equal } of await compareStores(crm, cloud, link)) if (!equal) throw unequal(collection, ours, theirs);
}

/** Proves the same of a floor's table. */
export async function proveFloor({ crm }: BenchStack, client: Client, table: string, side: 'crm' | 'cloud' = 'cloud'): Promise<void> {
  const [ours, theirs] = await Promise.all([digest(crm, 'crm.contacts', 'crm', 'not private'), digest(client, table, side, 'true')]);
  if (ours.records !== theirs.records || ours.hash !== theirs.hash) throw unequal(table, ours, theirs);
}

async function digest(client: Client, table: string, side: 'crm' | 'cloud', condition: string): Promise<StoreDigest> {
  for (const [name, value] of Object.entries(WIRE_SETTINGS)) await client.query('select set_config($1, $2, false)', [name, value]);
  return digestOf(
    client,
    table,
    CONTACT_COLUMNS.map((column) => ({ field: column.crm, column: column[side] })),
    condition,
  );
}

function unequal(what: string, ours: StoreDigest, theirs: StoreDigest): Error {
  return new Error(`${what}: the stores differ (${ours.records} records, ${ours.hash.slice(0, 12)}; ${theirs.records} records, ${theirs.hash.slice(0, 12)})`);
}
