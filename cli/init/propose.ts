import { requireTableShape } from '../../adaptor/data/introspection.ts';
import { planCollections } from '../../adaptor/data/plan-collections.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import { type SurveyedTable, surveyTables } from '../../adaptor/data/survey-tables.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { type ConfigInput, inParentOrder } from '../../configuration/config.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkIdentity } from '../../exchange/names.ts';
import { collectionName } from './names.ts';
import { type ProposedCollection, type ReadTable, proposeCollection, whyNot } from './propose-collection.ts';
import { addReferences } from './propose-references.ts';

/** What a database offers: collections, and the tables that cannot be synchronised, with the reason. */
export interface Proposal {
  readonly link: LinkIdentity;
  readonly collections: readonly ProposedCollection[];
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
}

/**
 * Reads a database (catalogues alone) and proposes a collection for every table that can be one. What is proposed passes
 * the product's own checks: a table that its planning refuses is left out with what it says.
 * Throws `configuration-invalid` where nothing is left, `bad-request` where a schema that is named has no table: it is misspelt, and
 * the configuration would lack what was meant.
 */
export async function proposeConfiguration(client: Queryable, link: LinkIdentity, schemas?: readonly string[]): Promise<Proposal> {
  const tables: ReadTable[] = [];
  for (const survey of await surveyNamed(client, schemas)) tables.push({ survey, shape: await requireTableShape(client, survey.schema, survey.table) });
  const refused = new Map(tables.flatMap(reasonOf));
  for (;;) {
    const collections = proposeAll(tables.filter((table) => !refused.has(nameOf(table))));
    const leftOut = [...refused].map(([table, reason]) => ({ table, reason }));
    if (collections.length === 0) throw nothingLeft(leftOut);
    const [checked] = checkConfig(configurationOf({ link, collections, leftOut }), 'what was found').links;
    const planned = await planCollections(client, link, 'crm', inParentOrder(checked?.collections ?? []).map(collectionSource));
    const faults = planned.filter(({ fault }) => fault !== undefined);
    if (faults.length === 0) return { link, collections, leftOut };
    for (const { collection, fault } of faults) {
      const { schema, table } = collections.find(({ name }) => name === collection) ?? { schema: '', table: '' };
      refused.set(`${schema}.${table}`, fault?.message ?? '');
    }
  }
}

/** The tables of the schemas that are named, or all. Throws `bad-request`. */
async function surveyNamed(client: Queryable, schemas: readonly string[] | undefined): Promise<readonly SurveyedTable[]> {
  const found = await surveyTables(client, schemas);
  const empty = schemas?.filter((schema) => !found.some((table) => table.schema === schema)) ?? [];
  if (empty.length === 0) return found;
  const others = [...new Set((await surveyTables(client)).map(({ schema }) => schema))];
  const there = others.length === 0 ? 'No schema of the database has one' : `Schemas that have: ${others.join(', ')}`;
  throw new TidegateError('bad-request', `--schema: there is no table in ${empty.map((schema) => `"${schema}"`).join(', ')}. ${there}.`, { schemas: empty });
}

/** The proposal as a configuration. */
export function configurationOf({ link, collections }: Proposal): ConfigInput {
  return {
    links: [
      {
        ...link,
        collections: collections.map(({ name, schema, table, key, fields, references, linked }) => ({
          name,
          table: `${schema}.${table}`,
          key: [...key],
          fields: Object.fromEntries(fields.map(({ field, column, authority }) => [field, authority === undefined ? column : { column, authority }])),
          ...(references.length === 0 ? {} : { references: references.map((reference) => ({ ...reference, fields: [...reference.fields] })) }),
          ...(linked ? { identity: { kind: 'linked' as const, match: [] } } : {}),
        })),
      },
    ],
  };
}

function proposeAll(tables: readonly ReadTable[]): readonly ProposedCollection[] {
  const taken = new Set<string>();
  const alone = tables.map((table) => proposeCollection(table, collectionName(table.shape.schema, table.shape.table, taken)));
  return addReferences(alone, tables);
}

const nameOf = ({ shape }: ReadTable): string => `${shape.schema}.${shape.table}`;

function reasonOf(table: ReadTable): readonly (readonly [string, string])[] {
  const reason = whyNot(table);
  return reason === undefined ? [] : [[nameOf(table), reason]];
}

function nothingLeft(leftOut: Proposal['leftOut']): TidegateError {
  const reasons = leftOut.map(({ table, reason }) => `${table}: ${reason}`);
  return new TidegateError('configuration-invalid', `No table can be synchronised. ${reasons.join('; ') || 'There is none'}.`, { tables: reasons });
}
