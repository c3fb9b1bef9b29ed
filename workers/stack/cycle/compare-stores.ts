import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { ident, literal, qualified } from '../../../adaptor/data/quoting.ts';
import { employeePlace } from '../../../cloud/service-manager/employee-place.ts';
import { collectionSource } from '../../../configuration/collection-source.ts';
import type { LinkConfig } from '../../../configuration/config.ts';
import { WIRE_SETTINGS } from '../../../exchange/protocol.ts';

/** What a store holds of a collection: number of records, and a hash of the text of all their fields. */
export interface StoreDigest {
  readonly records: number;
  readonly hash: string;
}

/** A collection in both stores. */
export interface Comparison {
  readonly collection: string;
  readonly crm: StoreDigest;
  readonly cloud: StoreDigest;
  readonly equal: boolean;
}

/** A column that holds a field, with the words of the wire for its values. */
export interface HeldColumn {
  readonly field: string;
  readonly column: string;
  readonly enumeration?: Readonly<Record<string, string>> | undefined;
}

/** A value in the words of the wire, as text. */
function wireText({ column, enumeration }: HeldColumn): string {
  const text = `${ident(column)}::text`;
  if (enumeration === undefined) return text;
  return `case ${text} ${Object.entries(enumeration)
    .map(([wire, local]) => `when ${literal(local)} then ${literal(wire)}`)
    .join(' ')} else ${text} end`;
}

/** Hash of the sorted hashes of all rows: equal stores give equal digests in whatever order they read. */
export async function digestOf(client: ClientBase, table: string, columns: readonly HeldColumn[], condition: string): Promise<StoreDigest> {
  const { rows } = await client.query<{ records: string; hashes: string | null }>(
    `select count(*) as records, string_agg(h, '' order by h) as hashes
       from (select md5(row(${columns.map(wireText).join(', ')})::text) as h from ${table} where ${condition}) hashed`,
  );
  return {
    records: Number(rows[0]?.records ?? 0),
    hash: createHash('sha256')
      .update(rows[0]?.hashes ?? '')
      .digest('hex'),
  };
}

/**
 * Compares a collection of both stores with plain SQL of its own, as administrator: none of the code that moves data takes
 * part. Records of the CRM outside the collection's filter are left out.
 */
export async function compareStores(crm: ClientBase, cloud: ClientBase, link: LinkConfig): Promise<readonly Comparison[]> {
  for (const client of [crm, cloud])
    for (const [name, value] of Object.entries(WIRE_SETTINGS)) await client.query(`select set_config($1, $2, false)`, [name, value]);
  const comparisons: Comparison[] = [];
  for (const collection of link.collections) {
    const source = collectionSource(collection);
    const place = await employeePlace(cloud, link.tenant, collection.name);
    const shared = source.fields.flatMap((mine) => {
      const theirs = place.columns.find((column) => column.field === mine.field);
      // The cloud has ciphertext of what is sealed: there is nothing to compare.
      return theirs === undefined || mine.sealed === true ? [] : [{ mine, theirs }];
    });
    const inCollection = [
      source.filter?.sql ?? 'true',
      ...(source.private === undefined ? [] : [`(${source.private.sql}) is false`]),
      ...Object.entries(source.constants).map(([column, value]) => `${ident(column)}::text = ${literal(value)}`),
    ]
      .map((c) => `(${c})`)
      .join(' and ');
    const ours = await digestOf(
      crm,
      qualified(source.schema, source.table),
      shared.map((s) => s.mine),
      inCollection,
    );
    const theirs = await digestOf(
      cloud,
      qualified(place.schema, place.table),
      shared.map((s) => s.theirs),
      `tenant = ${literal(link.tenant)}`,
    );
    comparisons.push({ collection: collection.name, crm: ours, cloud: theirs, equal: ours.hash === theirs.hash });
  }
  return comparisons;
}
