import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { nameSchema } from '../../exchange/names.ts';
import { parsePart } from '../../web/http/parse-part.ts';
import { checkValues } from '../records/check-values.ts';
import { type DescribedPlace, describePlace } from '../records/describe-place.ts';
import { listCollections } from '../records/list-collections.ts';
import { listRecords, readRecord, versionColumns } from '../records/read-records.ts';
import { applyEdits, type EditValues } from '../service-manager/apply-edits.ts';
import { type CloudApiContext, type CloudEndpoint, requireEmployee } from './context.ts';

/** Longest text of one field. */
const MAX_VALUE_LENGTH = 200_000;

/** PostgreSQL holds no NUL in a text. */
const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((given) => !given.includes('\0'), 'holds a NUL');
const valuesSchema = z.record(text(200).min(1), text(MAX_VALUE_LENGTH).nullable());
const keySchema = z.record(text(200), text(MAX_VALUE_LENGTH));
/** `{ collection }` in a path. */
export const collectionParamSchema = z.object({ collection: nameSchema });
/** Values of a new record. */
export const newRecordSchema = z.strictObject({ values: valuesSchema });
/** A page of a collection. */
export const recordsQuerySchema = z.strictObject({
  search: text(200).default(''),
  sort: text(200).optional(),
  direction: z.enum(['asc', 'desc']).default('asc'),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(25),
});
/** The key of a record, as JSON. */
export const oneRecordSchema = z.strictObject({
  key: z
    .string()
    .max(2000)
    .transform((text, context) => {
      try {
        return keySchema.parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'is no key' });
        return z.NEVER;
      }
    }),
});
const versionSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** Changed fields of the version that was read. */
export const recordChangeSchema = z.strictObject({ key: keySchema, version: versionSchema, set: valuesSchema });
/** The version that was read. */
export const recordRemovalSchema = z.strictObject({ key: keySchema, version: versionSchema });

/**
 * Records of the tenant's collections, as employees see and change them; keys, versions and values are texts by field.
 * GET /api/collections: each with its fields, and who may change them. Below /api/records/:collection: GET (search, sort,
 * direction, page, size), GET /one?key (JSON), POST {values}, PATCH {key, version, set}, POST /remove {key, version}. Errors:
 * `collection-unknown`, `value-invalid` (facts: fields), `field-denied`, `version-conflict`, `record-not-found`,
 * `constraint-violated`.
 */
export const employeeRecords: CloudEndpoint = (app, context) => {
  app.get('/collections', async (request) => {
    const { tenant } = requireEmployee(request, 'read');
    return asEmployee(context, tenant, async (client) => {
      const places: DescribedPlace[] = [];
      for (const name of await listCollections(client, tenant)) places.push(await describePlace(client, tenant, name));
      return { rows: places.map(describe) };
    });
  });

  app.get('/records/:collection', async (request) => {
    const { tenant } = requireEmployee(request, 'read');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { search, ...query } = parsePart(recordsQuerySchema, request.query);
    const words = search.split(/\s+/).filter(Boolean).slice(0, 10);
    return asEmployee(context, tenant, async (client) => listRecords(client, await describePlace(client, tenant, collection), tenant, { words, ...query }));
  });

  app.get('/records/:collection/one', async (request) => {
    const { tenant } = requireEmployee(request, 'read');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key } = parsePart(oneRecordSchema, request.query);
    return asEmployee(context, tenant, async (client) => readRecord(client, await describePlace(client, tenant, collection), tenant, key));
  });

  app.post('/records/:collection', async (request, reply) => {
    const { tenant, email: actor } = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { values } = parsePart(newRecordSchema, request.body);
    const insert = await asEmployee(context, tenant, async (client) => {
      const place = await describePlace(client, tenant, collection);
      await checkValues(client, place, values, 'insert');
      return { ...values, ...madeValues(place, values) };
    });
    await applyEdits(context.records, { tenant, actor, edits: [{ collection, insert }] });
    return reply.code(201).send(await reread(context, tenant, collection, insert));
  });

  app.patch('/records/:collection', async (request) => {
    const { tenant, email: actor } = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key, version: digest, set } = parsePart(recordChangeSchema, request.body);
    const columns = await asEmployee(context, tenant, async (client) => {
      const place = await describePlace(client, tenant, collection);
      await checkValues(client, place, set, 'update');
      return versionColumns(place);
    });
    if (Object.keys(set).length > 0) await applyEdits(context.records, { tenant, actor, edits: [{ collection, key, set, version: { digest, columns } }] });
    return reread(context, tenant, collection, key);
  });

  app.post('/records/:collection/remove', async (request, reply) => {
    const { tenant, email: actor } = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key, version: digest } = parsePart(recordRemovalSchema, request.body);
    const columns = await asEmployee(context, tenant, async (client) => versionColumns(await describePlace(client, tenant, collection)));
    await applyEdits(context.records, { tenant, actor, edits: [{ collection, key, delete: true, version: { digest, columns } }] });
    return reply.code(204).send();
  });
};

/** Reads as the role of employees, under the tenant's row rule. */
function asEmployee<T>({ records }: CloudApiContext, tenant: string, body: (client: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(records, async (client) => {
    await client.query(`select set_config('tidegate.tenant', $1, true)`, [tenant]);
    return body(client);
  });
}

const reread = (context: CloudApiContext, tenant: string, collection: string, key: EditValues) =>
  asEmployee(context, tenant, async (client) => readRecord(client, await describePlace(client, tenant, collection), tenant, key));

/** Values that the application makes for a new record. */
function madeValues(place: DescribedPlace, given: EditValues): EditValues {
  return Object.fromEntries(place.columns.filter(({ made, field }) => made === true && given[field] == null).map(({ field }) => [field, randomUUID()]));
}

function describe({ collection, key, columns, deletable }: DescribedPlace) {
  const fields = columns.map(({ field, type, required, access, enumeration, made, references }) => ({
    name: field,
    type,
    required,
    access,
    made: made === true,
    ...(enumeration === undefined ? {} : { values: Object.keys(enumeration) }),
    ...(references === undefined ? {} : { references }),
  }));
  return { name: collection, key, fields, deletable };
}
