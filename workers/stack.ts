import { openCodec } from '../adaptor/auth/codec/payload-codec.ts';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { createPool } from '../adaptor/data/pool.ts';
import { giveFirstPassword } from '../cloud/employees/passwords.ts';
import { homeFolder } from '../configuration/home.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { setVariables } from '../configuration/set-variables.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { stackSettingsSchema } from '../configuration/settings/stack.ts';
import { createFirstAdministrator } from '../crm/users/first-administrator.ts';
import { type StopObserver, Supervisor, type SupervisorEnd } from '../embedded/supervisor.ts';
import { TidegateError } from '../exchange/errors.ts';
import { linkName } from '../exchange/names.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';
import { type CycleResult, runCycle } from './stack/cycle/run-cycle.ts';
import { synchroniseFirst } from './stack/first-sync.ts';
import { type LiveStatus, showStatus } from './stack/live-status.ts';
import { STACK_HELP, type StackOptions, readStackOptions } from './stack/options.ts';
import { type StepReporter, stepReporter } from './stack/progress.ts';
import { resetStack } from './stack/reset.ts';
import { removeStackFile, writeStackFile } from './stack/stack-file.ts';
import { type RunningStack, configFileOf, startParts } from './stack/start-parts.ts';
import { ADMIN_URL_VARIABLE } from './stack/store.ts';
import { guardRealStores } from './stack/store-guard.ts';
import { welcome } from './stack/welcome.ts';
import { startProblem } from './observation/start-problem.ts';

/*
 * `npm start`: the whole of Tidegate on embedded parts under one supervisor. Each part is replaced by a real one through
 * the environment (configuration/settings.ts).
 */

/** Said at once when a signal comes. */
const STOPPING = '\nStopping, one part after the other; the data stays. Ctrl-C again ends at once (the next start then recovers the stores).\n';

/** What a part does, where it may take seconds, when it is stopped. */
const WAITED_FOR: Readonly<Record<string, string>> = {
  'crm-worker': 'finishes the window in hand',
  'crm-postgres': 'writes everything down and stops',
  'cloud-postgres': 'writes everything down and stops',
};

async function main(): Promise<number> {
  const options = readStackOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${STACK_HELP}\n`);
    return 0;
  }
  const environment = setVariables(process.env);
  readSettings(stackSettingsSchema, environment);
  guardRealStores(storesOf(environment), options);
  const home = homeFolder(environment);
  const configFile = configFileOf(environment);
  const config = await loadConfig(configFile);
  const report = stepReporter();
  let status: LiveStatus | undefined;
  const observer: StopObserver = {
    stopping: () => {
      status?.stop();
      report.done();
      process.stderr.write(STOPPING);
    },
    part: (name) => report.step(`${name} ${WAITED_FOR[name] ?? 'stops'}`),
  };
  const supervisor = await Supervisor.open({ folder: home, observer });
  try {
    if (options.reset) {
      report.step('everything of before is removed');
      await resetStack(home, environment);
    }
    const stack = await startParts({
      supervisor,
      home,
      environment,
      config,
      configFile,
      sample: options.sample,
      contacts: options.contacts,
      report,
    });
    await publish(home, supervisor, stack);
    await using temporal = await connectTemporal({
      ...stack.temporal,
      codec: await openCodec(stack.temporal.encoding.TIDEGATE_CODEC_KEYS, stack.temporal.encoding.TIDEGATE_CODEC_MODE),
    });
    const pool = createPool(stack.crm.roleUrl('tidegate_consumer'), { applicationName: 'tidegate start', maxConnections: 2 });
    const tidegate = new TidegateClient({ client: temporal.client, store: postgresLinkStore(pool), taskQueue: 'tidegate', uiUrl: stack.temporal.ui });
    try {
      if (options.once) return await once(options, report, { stack, tidegate, config });
      report.step('first forward synchronisation');
      await synchroniseFirst({ pool, tidegate, links: config.links.map(linkName) });
      report.done();
      // Made only where somebody sees the password: one cycle by itself shows none.
      const administrator = options.sample ? await createFirstAdministrator({ databaseUrl: stack.crm.roleUrl('crm_page') }) : undefined;
      const employee = await firstEmployee(stack, config);
      process.stdout.write(await welcome({ stack, config, administrator, employee }));
      status = showStatus(pool, config.links);
      const end = await supervisor.ended;
      status.stop();
      return tellEnd(end, home);
    } finally {
      await pool.end();
    }
  } catch (error) {
    // What is under way while everything is being stopped cannot end well: why it is stopped is what there is to say.
    if (supervisor.ending === undefined) throw error;
    return tellEnd(await supervisor.ended, home);
  } finally {
    report.done();
    removeStackFile(home);
    await supervisor.stopAll();
  }
}

/** Says why everything was stopped, where nobody asked for it. Answers the exit code. */
function tellEnd(end: SupervisorEnd, home: string): number {
  if (end.reason === 'part-ended') process.stderr.write(`\n${end.part} ended unexpectedly; everything was stopped. Its log: ${home}/logs/${end.part}.log\n`);
  return end.exitCode;
}

async function once(
  options: StackOptions,
  report: StepReporter,
  { stack, tidegate, config }: { stack: RunningStack; tidegate: TidegateClient; config: Awaited<ReturnType<typeof loadConfig>> },
): Promise<number> {
  const [link] = config.links;
  if (link === undefined) throw new TidegateError('configuration-invalid', 'There is no link.');
  const result: CycleResult = await runCycle({ link, crm: stack.crm, cloud: stack.cloud, tidegate, onStep: (step) => report.step(step) });
  report.done();
  for (const fault of result.faults) process.stderr.write(`  ${fault}\n`);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `balanced: ${result.balanced}, converged: ${result.converged}, ${result.seconds} s\n`);
  return result.balanced && result.converged && result.faults.length === 0 ? 0 : 1;
}

/** The first password at the cloud's page, of the first link's tenant; undefined where it was shown before. */
async function firstEmployee(stack: RunningStack, config: Awaited<ReturnType<typeof loadConfig>>): Promise<{ email: string; password: string } | undefined> {
  const [link] = config.links;
  if (stack.cloudPage === undefined || link === undefined) return undefined;
  const pool = createPool(stack.cloud.roleUrl('cloud_page'), { applicationName: 'tidegate start', maxConnections: 1 });
  try {
    return await giveFirstPassword(pool, link.tenant);
  } finally {
    await pool.end();
  }
}

/** Tells outside programs and a second start where everything is. */
async function publish(home: string, supervisor: Supervisor, stack: RunningStack): Promise<void> {
  supervisor.removeAtEnd(`${home}/stack.json`);
  supervisor.showPages([stack.crmApp.url, ...(stack.cloudPage === undefined ? [] : [stack.cloudPage.url])]);
  await writeStackFile(home, {
    temporal: { address: stack.temporal.address, namespace: stack.temporal.namespace, ui: stack.temporal.ui ?? '' },
    crm: { url: stack.crmApp.url, databaseUrl: stack.crm.adminUrl },
    cloud: {
      url: stack.producer.url,
      plainUrl: stack.producer.plainUrl,
      ...(stack.cloudPage === undefined ? {} : { pageUrl: stack.cloudPage.url }),
      databaseUrl: stack.cloud.adminUrl,
    },
    tls: stack.tls,
    ...(Object.values(stack.metrics).some((url) => url !== undefined) ? { metrics: stack.metrics } : {}),
    pids: {
      temporal: stack.temporal.pid,
      crmPostgres: stack.crm.pid,
      cloudPostgres: stack.cloud.pid,
      worker: stack.worker.pid,
      producer: stack.producer.pid,
      crmApp: stack.crmApp.pid,
      cloudPage: stack.cloudPage?.pid ?? null,
    },
  });
}

/** The stores as the guard of real data sees them, before anything is started. */
function storesOf(environment: Readonly<Record<string, string | undefined>>) {
  return (['crm', 'cloud'] as const).map((side) => {
    const url = environment[ADMIN_URL_VARIABLE[side]];
    return { embedded: url === undefined, database: url === undefined ? `tidegate_${side}` : decodeURIComponent(new URL(url).pathname.slice(1)) };
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  const { text, exitCode } = startProblem('start', error);
  process.stderr.write(`\n${text}`);
  process.exitCode = exitCode;
}
