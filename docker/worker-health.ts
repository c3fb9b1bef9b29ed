import { hostname } from 'node:os';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { temporalSettingsSchema } from '../configuration/settings/temporal.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { toProblem } from '../exchange/problem.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { pollsFrom } from './polls-from.ts';

/* Health of a container that runs the CRM worker, which has no port: Temporal knows which workers ask it for work. */

async function isHealthy(): Promise<boolean> {
  const settings = readSettings(temporalSettingsSchema, process.env);
  await using temporal = await connectTemporal({ ...(await temporalPlace(settings)), timeoutMs: 2000 });
  return pollsFrom(temporal, settings.TIDEGATE_TASK_QUEUE, hostname());
}

try {
  if (!(await isHealthy())) throw new Error('No worker of this host has asked for work within two minutes.');
} catch (error) {
  const { code, detail } = toProblem(error);
  process.stderr.write(code === 'unexpected' ? `${String(error)}\n` : `${detail} [${code}]\n`);
  process.exitCode = 1;
}
