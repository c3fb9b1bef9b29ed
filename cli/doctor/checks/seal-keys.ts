import { type SealKeyId, listSealKeys } from '../../../adaptor/auth/sealing/seal-key-file.ts';
import { type SealedCount, countSealed } from '../../../adaptor/data/sealing/sealing-standing.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

const RESTORE = 'Put the key file back from its copy, mode 0600, for the user of the worker alone; no other key opens what is under it.';

/** Sealed fields have their key file: there, closed to others, with a key for what is new and every key that stored values are under. */
export const sealKeys: Check<Parts> = {
  name: 'seal keys',
  run: async (parts) => {
    const { links } = await parts.config();
    const fields = links.flatMap(({ collections }) => collections).flatMap((collection) => Object.values(collection.fields));
    const isNeeded = fields.some((field) => 'sealed' in field && field.sealed === true);
    const counts = await countSealed(parts.store);
    if (!parts.has('TIDEGATE_SEAL_KEYS')) {
      if (!isNeeded && counts.length === 0) return [ok('TIDEGATE_SEAL_KEYS', 'not needed: no field is sealed')];
      return [fault('TIDEGATE_SEAL_KEYS', 'it is not set, and there are sealed fields: the worker does not start', `Set it. ${RESTORE}`)];
    }
    const file = parts.setting('TIDEGATE_SEAL_KEYS');
    try {
      const keys = await listSealKeys(file);
      const current = keys.find((key) => key.current)?.keyId;
      return [ok(file, `${keys.length} keys, of which ${current} is current`), ...missingKeys(keys, counts)];
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      return [fault(file, error.message, isNeeded || counts.length > 0 ? RESTORE : 'Make it with `tidegate seal init`, or take TIDEGATE_SEAL_KEYS away.')];
    }
  },
};

/** Keys that stored values are under and the file does not hold. */
function missingKeys(keys: readonly SealKeyId[], counts: readonly SealedCount[]): readonly Finding[] {
  const held = new Set(keys.map(({ keyId }) => keyId));
  const needed = Map.groupBy(counts, ({ keyId }) => keyId ?? '');
  return [...needed].flatMap(([keyId, under]) => {
    if (keyId === '' || held.has(keyId)) return [];
    const values = under.reduce((sum, { atCloud, underWay }) => sum + atCloud + underWay, 0);
    const where = [...new Set(under.map(({ link, collection }) => `${link} ${collection}`))].join(', ');
    return [fault(keyId, `${values} values of ${where} are sealed under it, and the file does not hold it`, RESTORE)];
  });
}
