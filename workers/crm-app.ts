import { openCodec } from '../adaptor/auth/codec/payload-codec.ts';
import { connect } from '../adaptor/data/pool.ts';
import { assertRolesSafe } from '../adaptor/data/roles/assert-roles-safe.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { crmAppSettingsSchema } from '../configuration/settings/crm.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { createCrmApp } from '../crm/crm-app.ts';
import { openCrmDatabase } from '../crm/database.ts';
import { temporalSyncControl } from '../crm/temporal-sync-control.ts';
import { roleSchema } from '../crm/users/roles.ts';
import { runPageProcess } from './observation/page-process.ts';
import { startProcess } from './observation/start-process.ts';
import { watchAlarms } from './crm-app/watch-alarms.ts';
import { tellLinks } from './crm-app/tell-links.ts';
import { observeProcess, tellCertificateFiles } from './observation/observe-process.ts';
import { observeRequests } from '../observability/http/observe-requests.ts';
import { signInWays } from './sign-in-ways.ts';

/*
 * The process of the CRM application: API and page. It comes up without the Temporal server and says so on the page.
 * Tells its parent `{ ready: true, url }`. SIGTERM and SIGINT let requests that are under way end.
 */

async function main(): Promise<void> {
  const settings = readSettings(crmAppSettingsSchema, process.env);
  const { links } = await loadConfig(settings.TIDEGATE_CONFIG);
  const database = openCrmDatabase(settings.TIDEGATE_CRM_PAGE_URL);
  const observation = observeProcess('crm-app', settings, { page: database.pool });
  const { log, metrics } = observation;
  const client = await connect(database.pool);
  await assertRolesSafe(client, ['crm_page']).finally(() => client.release());

  const place = await temporalPlace(settings);
  const { TIDEGATE_TEMPORAL_UI: uiUrl } = settings;
  const crmPage = settings.TIDEGATE_CRM_APP_URL ?? settings.TIDEGATE_CRM_APP_ORIGIN;
  const codec = await openCodec(settings.TIDEGATE_CODEC_KEYS, settings.TIDEGATE_CODEC_MODE);
  const control = temporalSyncControl({ ...place, codec, taskQueue: settings.TIDEGATE_TASK_QUEUE, uiUrl, crmPage, pool: database.pool });
  const alarms = watchAlarms(settings, { database, links, log, metrics });
  const app = await createCrmApp({
    database,
    links,
    control,
    temporalUi: uiUrl === undefined ? undefined : { url: uiUrl, namespace: place.namespace },
    codec,
    origin: settings.TIDEGATE_CRM_APP_ORIGIN,
    rateBound: { requests: settings.TIDEGATE_CRM_APP_RATE_REQUESTS, windowMs: settings.TIDEGATE_CRM_APP_RATE_WINDOW_MS },
    signInBounds: {
      perUser: settings.TIDEGATE_CRM_APP_SIGN_IN_PER_USER,
      perAddress: settings.TIDEGATE_CRM_APP_SIGN_IN_PER_ADDRESS,
      windowMs: settings.TIDEGATE_CRM_APP_SIGN_IN_WINDOW_MS,
    },
    signIn: signInWays('CRM_APP', settings, roleSchema.options),
    certificateFiles: { certificate: settings.TIDEGATE_TLS_CERTIFICATE, authority: settings.TIDEGATE_TLS_CA },
    alarmBounds: alarms.bounds,
    lagHistory: alarms.lagHistory,
    logger: log,
    observe: (observed) => observeRequests(observed, metrics),
  });
  if (metrics !== undefined) {
    tellLinks(metrics, log, database, links);
    tellCertificateFiles(metrics, { own: settings.TIDEGATE_TLS_CERTIFICATE, authority: settings.TIDEGATE_TLS_CA });
  }
  await runPageProcess({
    app,
    host: settings.TIDEGATE_CRM_APP_HOST,
    port: settings.TIDEGATE_CRM_APP_PORT,
    observation,
    close: async () => {
      await alarms.watch.stop();
      await control[Symbol.asyncDispose]();
      await database.close();
    },
  });
}

await startProcess('crm-app', main);
