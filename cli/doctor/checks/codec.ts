import { listCodecKeys } from '../../../adaptor/auth/codec/codec-key-file.ts';
import { keyIdOf } from '../../../adaptor/auth/codec/payload-codec.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { schedulePayloads } from '../../../scheduler/encoded-payloads.ts';
import { type Check, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

const RESTORE = 'Put the key file back from its copy, mode 0600, for every process that reaches Temporal; no other key decodes what is under it.';

/** Payloads in Temporal: the key file is there and closed to others, and holds every key that a Schedule is under. */
export const codec: Check<Parts> = {
  name: 'codec',
  run: async (parts) => {
    const file = parts.has('TIDEGATE_CODEC_KEYS') ? parts.setting('TIDEGATE_CODEC_KEYS') : undefined;
    try {
      const keys = file === undefined ? [] : await listCodecKeys(file);
      const current = keys.find((key) => key.current)?.keyId;
      const known = new Set(keys.map(({ keyId }) => keyId));
      const missing = (await scheduledKeys(parts)).filter((keyId) => !known.has(keyId));
      return [
        file === undefined ? ok('payloads', 'plain: TIDEGATE_CODEC_KEYS is not set') : ok(file, `${keys.length} keys, of which ${current} is current`),
        ...missing.map((keyId) =>
          fault(keyId, 'Schedules are encoded under it, and it is not here', `${file === undefined ? 'Set TIDEGATE_CODEC_KEYS. ' : ''}${RESTORE}`),
        ),
      ];
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'configuration-invalid' || file === undefined) throw error;
      return [fault(file, error.message, RESTORE)];
    }
  },
};

/** Keys that the Schedules of this CRM are under. They are looked at as they stand in Temporal: none of them is needed for it. */
async function scheduledKeys(parts: Parts): Promise<readonly string[]> {
  const { client } = await parts.temporal();
  const schedules = await schedulePayloads({ client, taskQueue: parts.setting('TIDEGATE_TASK_QUEUE') });
  return [...new Set(schedules.flatMap(({ payloads }) => payloads.flatMap((payload) => keyIdOf(payload) ?? [])))];
}
