/** Makes the Temporal SDK download the server's program into the folder named by the first argument. */
import { Runtime } from '@temporalio/worker';

const downloadDir = process.argv[2];
if (downloadDir === undefined) throw new Error('Usage: temporal-download-process.ts <folder>');

const runtime = Runtime.instance();
const server = await runtime.createEphemeralServer({
  type: 'dev-server',
  exe: { type: 'cached-download', downloadDir, version: 'default', ttl: 0, sdkName: 'sdk-typescript', sdkVersion: '1.24.0' },
  namespace: 'default',
  ip: '127.0.0.1',
  port: null,
  uiPort: null,
  dbFilename: null,
  ui: false,
  log: { format: 'pretty', level: 'error' },
  extraArgs: [],
});
await runtime.shutdownEphemeralServer(server);
await runtime.shutdown();
