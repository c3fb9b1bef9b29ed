import { connect, createPool } from '../adaptor/data/pool.ts';
import { assertRolesSafe } from '../adaptor/data/roles/assert-roles-safe.ts';
import { createCloudPage } from '../cloud/cloud-page.ts';
import { employeeRoleSchema } from '../cloud/employees/roles.ts';
import { cloudPageSettingsSchema } from '../configuration/settings/cloud.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { TidegateError } from '../exchange/errors.ts';
import { runPageProcess } from './observation/page-process.ts';
import { startProcess } from './observation/start-process.ts';
import { observeRequests } from '../observability/http/observe-requests.ts';
import { observeProcess } from './observation/observe-process.ts';
import { signInWays } from './sign-in-ways.ts';

/*
 * The process of the third party's page, for its own employees. It knows neither the producer's keys nor its database
 * roles. Tells its parent `{ ready: true, url }`. SIGTERM and SIGINT let requests that are under way end.
 */

async function main(): Promise<void> {
  const settings = readSettings(cloudPageSettingsSchema, process.env);
  const { passwords, openId: provider } = signInWays('CLOUD_PAGE', settings, employeeRoleSchema.options);
  const tenant = settings.TIDEGATE_CLOUD_PAGE_TENANT;
  if (provider !== undefined && tenant === undefined)
    throw new TidegateError('configuration-invalid', 'TIDEGATE_CLOUD_PAGE_OIDC_ISSUER needs TIDEGATE_CLOUD_PAGE_TENANT.');
  const door = createPool(settings.TIDEGATE_CLOUD_PAGE_DATABASE_URL, { applicationName: 'tidegate cloud page', maxConnections: 4 });
  const records = createPool(settings.TIDEGATE_CLOUD_USER_DATABASE_URL, { applicationName: 'tidegate cloud page', maxConnections: 8 });
  const observation = observeProcess('cloud-page', settings, { door, records });
  const { log, metrics } = observation;
  const client = await connect(door);
  await assertRolesSafe(client, ['cloud_page', 'cloud_user']).finally(() => client.release());

  const app = await createCloudPage({
    door,
    records,
    signIn: { passwords, openId: provider === undefined || tenant === undefined ? undefined : { provider, tenant } },
    origin: settings.TIDEGATE_CLOUD_PAGE_ORIGIN,
    rateBound: { requests: settings.TIDEGATE_CLOUD_PAGE_RATE_REQUESTS, windowMs: settings.TIDEGATE_CLOUD_PAGE_RATE_WINDOW_MS },
    signInBounds: {
      perUser: settings.TIDEGATE_CLOUD_PAGE_SIGN_IN_PER_USER,
      perAddress: settings.TIDEGATE_CLOUD_PAGE_SIGN_IN_PER_ADDRESS,
      windowMs: settings.TIDEGATE_CLOUD_PAGE_SIGN_IN_WINDOW_MS,
    },
    logger: log,
    observe: (observed) => observeRequests(observed, metrics),
  });
  await runPageProcess({
    app,
    host: settings.TIDEGATE_CLOUD_PAGE_HOST,
    port: settings.TIDEGATE_CLOUD_PAGE_PORT,
    observation,
    close: async () => void (await Promise.all([door.end(), records.end()])),
  });
}

await startProcess('cloud-page', main);
