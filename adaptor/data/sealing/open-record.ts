import { sealedFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type ValueCipher, parseSealed } from '../../../exchange/sealed.ts';
import type { CollectionPlan } from '../plan.ts';
import type { ReleasedRecord } from '../release/released-record.ts';

/**
 * The sealed values of a record that a user lets in, opened: field -> text. What is not what the CRM sealed for this record is
 * left out: the record comes in without it. Throws `sealed-key-missing`.
 */
export async function openRecord(
  { key, record }: Pick<ReleasedRecord, 'key' | 'record'>,
  { link, definition }: CollectionPlan,
  cipher: ValueCipher | undefined,
): Promise<Readonly<Record<string, string>>> {
  const opened: Record<string, string> = {};
  for (const field of sealedFields(definition)) {
    const value = parseSealed(record[field] ?? '');
    if (value === undefined) continue;
    if (cipher === undefined) throw new TidegateError('sealed-key-missing', undefined, { collection: definition.name });
    try {
      opened[field] = await cipher.open(value, { ...link, collection: definition.name, key, field });
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'sealed-value-refused') throw error;
    }
  }
  return opened;
}
