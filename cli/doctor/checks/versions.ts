import { controlRow } from '../../../adaptor/data/control-rows.ts';
import { type Check, type Finding, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Oldest versions that are taken: Node's and Temporal's are what the packages ask for, PostgreSQL's has what the SQL uses, untested. */
const NEEDED = { node: 24, postgres: 17, temporal: [1, 24] } as const;

/** The PostgreSQL that all tests run on. */
const TESTED_POSTGRES = 18;

/** Versions of what this side runs on. Node's is that of the process that asks, which the side's processes should share. */
export const versions: Check<Parts> = {
  name: 'versions',
  run: async (parts) => {
    const row = await controlRow<{ version: string }>(parts.store, `select current_setting('server_version') as version`);
    const findings = [judgeNode(process.versions.node), judgePostgres(row?.version ?? '')];
    if (parts.side === 'cloud') return findings;
    const { client } = await parts.temporal();
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    return [...findings, judgeTemporal(serverVersion ?? '')];
  },
};

/** Node, which has to run the types in a configuration file. */
export function judgeNode(version: string): Finding {
  if (Number.parseInt(version, 10) >= NEEDED.node) return ok('Node', version);
  return fault('Node', `${version} is too old`, `Install Node ${NEEDED.node} or newer for Tidegate's processes.`);
}

/** PostgreSQL, as `server_version` tells it. */
export function judgePostgres(version: string): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= TESTED_POSTGRES) return ok('PostgreSQL', version);
  if (major >= NEEDED.postgres)
    return warning('PostgreSQL', `${version} is older than what Tidegate is tested with`, `Upgrade to PostgreSQL ${TESTED_POSTGRES}.`);
  return fault('PostgreSQL', `${version} is too old`, `Upgrade to PostgreSQL ${TESTED_POSTGRES}.`);
}

/** The Temporal server. */
export function judgeTemporal(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = NEEDED.temporal;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return ok('Temporal', version);
  return fault('Temporal', `${version} is too old`, `Upgrade the Temporal server to ${NEEDED.temporal.join('.')} or newer.`);
}
