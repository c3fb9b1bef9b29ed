import { isGrpcServiceError } from '@temporalio/client';
import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { capture } from './checks/capture.ts';
import { certificates } from './checks/certificates.ts';
import { clients } from './checks/clients.ts';
import { clocks } from './checks/clocks.ts';
import { cloudCapture } from './checks/cloud-capture.ts';
import { codec } from './checks/codec.ts';
import { configuration } from './checks/configuration.ts';
import { disk } from './checks/disk.ts';
import { keys } from './checks/keys.ts';
import { links } from './checks/links.ts';
import { producer } from './checks/producer.ts';
import { roles } from './checks/roles.ts';
import { schedules } from './checks/schedules.ts';
import { sealKeys } from './checks/seal-keys.ts';
import { settings } from './checks/settings.ts';
import { store } from './checks/store.ts';
import { temporal } from './checks/temporal.ts';
import { versions } from './checks/versions.ts';
import { worker } from './checks/worker.ts';
import { type Check, type Finding, NotLookedAt, fault, skipped } from './finding.ts';
import type { Parts } from './parts.ts';

/** What is checked on each side, causes before what they lead to. */
export const CHECKS = {
  crm: [
    settings,
    configuration,
    disk,
    store,
    temporal,
    codec,
    versions,
    roles,
    certificates,
    keys,
    sealKeys,
    producer,
    clocks,
    capture,
    worker,
    schedules,
    links,
  ],
  cloud: [settings, disk, store, versions, roles, certificates, keys, clients, clocks, cloudCapture],
} as const satisfies Record<'crm' | 'cloud', readonly Check<Parts>[]>;

/** A part that is away is reported by one check; the others that need it say that they were not done. */
const REPORTED_BY: Readonly<Partial<Record<ErrorCode, Check<Parts>>>> = {
  'database-unavailable': store,
  'temporal-unavailable': temporal,
  'configuration-invalid': configuration,
};

/** A part that neither answers nor refuses must not hold up the other checks. */
const LIMIT_MS = 20_000;

/** A finding with the check that made it. */
export interface Diagnosis extends Finding {
  readonly check: string;
}

/** Runs the checks of a side one after another. What a check throws becomes a finding: the others go on. */
export async function diagnose(parts: Parts, checks: readonly Check<Parts>[] = CHECKS[parts.side]): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const check of checks) for (const finding of await findingsOf(check, parts)) found.push({ check: check.name, ...finding });
  return found;
}

async function findingsOf(check: Check<Parts>, parts: Parts): Promise<readonly Finding[]> {
  const limit = timeLimit(check);
  try {
    return await Promise.race([check.run(parts), limit.reached]);
  } catch (thrown) {
    if (thrown instanceof NotLookedAt) return [skipped(check.name, thrown.message)];
    const known = knownError(thrown);
    const reporter = REPORTED_BY[known.code];
    if (reporter !== undefined && reporter !== check) return [skipped(check.name, `${known.message.split('\n')[0]} (see ${reporter.name})`)];
    return [fault(check.name, `${known.message} [${known.code}]`, ERROR_CATALOGUE[known.code].action)];
  } finally {
    limit.clear();
  }
}

function timeLimit({ name }: Check<Parts>): { readonly reached: Promise<never>; clear(): void } {
  const { promise: reached, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TidegateError('request-timeout', `The check "${name}" was given up after ${LIMIT_MS / 1000} s.`)), LIMIT_MS);
  return { reached, clear: () => clearTimeout(timer) };
}

/** gRPC's codes for a server that is away: DEADLINE_EXCEEDED and UNAVAILABLE. */
const AWAY: readonly number[] = [4, 14];

function knownError(thrown: unknown): TidegateError {
  const error = translateDatabaseError(thrown);
  if (error instanceof TidegateError) return error;
  if (isGrpcServiceError(error) && AWAY.includes(Number(error.code))) return new TidegateError('temporal-unavailable');
  return new TidegateError('unexpected');
}
