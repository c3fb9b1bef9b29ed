import { hostname } from 'node:os';
import { readSettings, temporalSettingsSchema } from '../configuration/settings.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { pollsFrom } from './polls-from.ts';

/* Health of a container that runs the CRM worker, which has no port: Temporal knows which workers ask it for work. */

const {
  TIDEGATE_TEMPORAL_ADDRESS: address,
  TIDEGATE_TEMPORAL_NAMESPACE: namespace,
  TIDEGATE_TASK_QUEUE: taskQueue,
} = readSettings(temporalSettingsSchema, process.env);
await using temporal = await connectTemporal({ address, namespace, timeoutMs: 2000 });
const healthy = await pollsFrom(temporal, taskQueue, hostname());
if (!healthy) process.stderr.write('No worker of this host has asked for work within two minutes.\n');
process.exitCode = healthy ? 0 : 1;
