import { parseArgs } from 'node:util';
import type { Edit, EditValues } from '../../cloud/service-manager/apply-edits.ts';
import type { EmployeePlace } from '../../cloud/service-manager/employee-place.ts';
import { TidegateError } from '../../exchange/errors.ts';

/** Help of `tidegate cloud`. */
export const CLOUD_EDIT_USAGE = `npx tidegate cloud set COLLECTION KEY FIELD=VALUE...
npx tidegate cloud add COLLECTION FIELD=VALUE...
npx tidegate cloud delete COLLECTION KEY
npx tidegate cloud password EMAIL      a new password for the cloud's page, shown once

  --tenant NAME      default acme
  --by EMAIL         who edits; default an employee of the tenant
  --database NAME    the database, where it is not the embedded one
  --help             this text
FIELD= (nothing behind it) clears a field.`;

/** What `tidegate cloud ...` was asked for. */
export interface EditRequest {
  readonly tenant: string;
  readonly actor: string;
  readonly database: string | undefined;
  readonly act: string;
  readonly collection: string;
  readonly rest: readonly string[];
}

/** Reads the words of the command. Throws `bad-request` for what is no option, and where nothing is named. */
export function readEditRequest(args: readonly string[]): EditRequest | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help === true) return 'help';
  const [act = '', collection = '', ...rest] = positionals;
  if (collection === '' || (act === 'password' && rest.length > 0)) throw new TidegateError('bad-request', CLOUD_EDIT_USAGE);
  return { tenant: values.tenant, actor: values.by, database: values.database, act, collection, rest };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tenant: { type: 'string', default: 'acme' },
        by: { type: 'string', default: 'employee@cloud.example' },
        database: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new TidegateError('bad-request', `${(cause as Error).message.split('. ')[0]}.\n${CLOUD_EDIT_USAGE}`, {}, { cause });
  }
}

function readFields(pairs: readonly string[]): EditValues {
  const fields = pairs.map((pair) => {
    const [field = '', ...value] = pair.split('=');
    if (field === '' || value.length === 0) throw new TidegateError('bad-request', `"${field}" is not FIELD=VALUE.`);
    return [field, value.join('=') === '' ? null : value.join('=')] as const;
  });
  return Object.fromEntries(fields);
}

/**
 * The edit that a request means, of a collection at its place. Throws `bad-request`, `field-denied` with the fields there are for who
 * mistypes one, and `key-invalid` where the key has more or fewer values than fields: another record would be meant.
 */
export function readEdit({ act, collection, rest }: EditRequest, place: Pick<EmployeePlace, 'key' | 'columns'>): Edit {
  const [key = '', ...pairs] = rest;
  let edit: Edit | undefined;
  if (act === 'set' && pairs.length > 0) edit = { collection, key: readKey(key, place.key), set: readFields(pairs) };
  if (act === 'add' && rest.length > 0) edit = { collection, insert: readFields(rest) };
  if (act === 'delete' && rest.length === 1) edit = { collection, key: readKey(key, place.key), delete: true };
  if (edit === undefined) throw new TidegateError('bad-request', CLOUD_EDIT_USAGE);
  refuseUnknownFields(edit, place);
  return edit;
}

/** A key of several fields is given with commas between its values. */
function readKey(text: string, fields: readonly string[]): EditValues {
  const values = fields.length === 1 ? [text] : text.split(',');
  if (values.length !== fields.length) throw new TidegateError('key-invalid', `"${text}" is not ${fields.join(',')}.`);
  return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? '']));
}

function refuseUnknownFields(edit: Edit, { columns }: Pick<EmployeePlace, 'columns'>): void {
  const given = Object.keys('set' in edit ? edit.set : 'insert' in edit ? edit.insert : {});
  const unknown = given.find((field) => !columns.some((column) => column.field === field));
  if (unknown !== undefined) throw new TidegateError('field-denied', `"${unknown}" is none of ${columns.map(({ field }) => field).join(', ')}.`);
}
