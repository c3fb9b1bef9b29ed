import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { nameSchema } from '../../exchange/names.ts';
import { parsePart } from '../../web/http/parse-part.ts';
import { checkValues } from '../records/check-values.ts';
import { type DescribedPlace, describePlace } from '../records/describe-place.ts';
import { listCollections } from '../records/list-collections.ts';
import { listRecords, readRecord, versionColumns } from '../records/read-records.ts';
import { asEmployee } from '../service-manager/as-employee.ts';
import { applyEdits, type EditValues } from '../service-manager/apply-edits.ts';
import type { SignedInEmployee } from '../employees/roles.ts';
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
  sort: z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(text(200)).max(5)),
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
 * `collection-unknown`, `value-invalid` (facts: fields), `field-denied`, `version-conflict`, `record-not-found`, `record-denied`,
 * `constraint-violated`.
 */
export const employeeRecords: CloudEndpoint = (app, context) => {
  app.get('/collections', async (request) => {
    const employee = requireEmployee(request, 'read');
    return asEmployee(context.records, employee, async (client) => {
      const places: DescribedPlace[] = [];
      for (const name of await listCollections(client, employee.tenant)) places.push(await describePlace(client, employee.tenant, name));
      return { rows: places.map(describe) };
    });
  });

  app.get('/records/:collection', async (request) => {
    const employee = requireEmployee(request, 'read');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { search, ...query } = parsePart(recordsQuerySchema, request.query);
    const words = search.split(/\s+/).filter(Boolean).slice(0, 10);
    return asEmployee(context.records, employee, async (client) =>
      listRecords(client, await describePlace(client, employee.tenant, collection), employee.tenant, { words, ...query }),
    );
  });

  app.get('/records/:collection/one', async (request) => {
    const employee = requireEmployee(request, 'read');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key } = parsePart(oneRecordSchema, request.query);
    return asEmployee(context.records, employee, async (client) =>
      readRecord(client, await describePlace(client, employee.tenant, collection), employee.tenant, key),
    );
  });

  app.post('/records/:collection', async (request, reply) => {
    const employee = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { values } = parsePart(newRecordSchema, request.body);
    const insert = await asEmployee(context.records, employee, async (client) => {
      const place = await describePlace(client, employee.tenant, collection);
      if (!place.insertable) throw new TidegateError('record-denied', undefined, { collection });
      await checkValues(client, place, values, 'insert');
      return { ...values, ...madeValues(place, values) };
    });
    await applyEdits(context.records, { ...editing(employee), edits: [{ collection, insert }] });
    return reply.code(201).send(await reread(context, employee, collection, insert));
  });

  app.patch('/records/:collection', async (request) => {
    const employee = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key, version: digest, set } = parsePart(recordChangeSchema, request.body);
    const columns = await asEmployee(context.records, employee, async (client) => {
      const place = await describePlace(client, employee.tenant, collection);
      await checkValues(client, place, set, 'update');
      return versionColumns(place);
    });
    if (Object.keys(set).length > 0)
      await applyEdits(context.records, { ...editing(employee), edits: [{ collection, key, set, version: { digest, columns } }] });
    return reread(context, employee, collection, key);
  });

  app.post('/records/:collection/remove', async (request, reply) => {
    const employee = requireEmployee(request, 'edit');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const { key, version: digest } = parsePart(recordRemovalSchema, request.body);
    const columns = await asEmployee(context.records, employee, async (client) => versionColumns(await describePlace(client, employee.tenant, collection)));
    await applyEdits(context.records, { ...editing(employee), edits: [{ collection, key, delete: true, version: { digest, columns } }] });
    return reply.code(204).send();
  });
};

/** An employee as whoever edits. */
const editing = ({ tenant, email: actor, role }: SignedInEmployee) => ({ tenant, actor, role });

const reread = (context: CloudApiContext, employee: SignedInEmployee, collection: string, key: EditValues) =>
  asEmployee(context.records, employee, async (client) => readRecord(client, await describePlace(client, employee.tenant, collection), employee.tenant, key));

/** Values that the application makes for a new record. */
function madeValues(place: DescribedPlace, given: EditValues): EditValues {
  return Object.fromEntries(place.columns.filter(({ made, field }) => made === true && given[field] == null).map(({ field }) => [field, randomUUID()]));
}

function describe({ collection, key, columns, insertable, deletable }: DescribedPlace) {
  const fields = columns.map(({ field, type, required, access, enumeration, made, references }) => ({
    name: field,
    type,
    required,
    access,
    made: made === true,
    ...(enumeration === undefined ? {} : { values: Object.keys(enumeration) }),
    ...(references === undefined ? {} : { references }),
  }));
  return { name: collection, key, fields, insertable, deletable };
}
