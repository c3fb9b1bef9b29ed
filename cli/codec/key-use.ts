import { keyIdOf } from '../../adaptor/auth/codec/payload-codec.ts';
import type { KeyStanding } from '../../adaptor/auth/key-set-file.ts';
import { type EncodedPlace, encodeAnew, runsBefore, schedulePayloads } from '../../scheduler/encoded-payloads.ts';

/** A key with what in Temporal may still be under it. */
export interface KeyUse extends KeyStanding {
  /** Runs that began before the key was replaced. They are not opened: such a run may as well be plain, or under a key of before. */
  readonly runs: number;
  /** Schedules whose payloads are under it. */
  readonly schedules: number;
}

/** Counts it for each key. A key that was never current here may be on another machine: every run counts against it. */
export async function keyUses(place: EncodedPlace, keys: readonly KeyStanding[]): Promise<readonly KeyUse[]> {
  const schedules = await schedulePayloads(place);
  return Promise.all(
    keys.map(async (key) => ({
      ...key,
      runs: await runsBefore(place, key.replacedAt === null ? Date.now() : Date.parse(key.replacedAt)),
      schedules: schedules.filter(({ payloads }) => payloads.some((payload) => keyIdOf(payload) === key.keyId)).length,
    })),
  );
}

/** Has every Schedule encoded under the current key, which is named; gives how many were under another one, or plain. */
export async function encodeSchedulesAnew(place: EncodedPlace, current: string): Promise<number> {
  const others = (await schedulePayloads(place)).filter(({ payloads }) => payloads.some((payload) => keyIdOf(payload) !== current));
  for (const { handle } of others) await encodeAnew(handle);
  return others.length;
}
