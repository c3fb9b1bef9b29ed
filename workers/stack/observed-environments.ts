import { choosePort } from '../../embedded/ports.ts';
import { portIn } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What every process is told alike. NODE_OPTIONS: a profile of a process is taken by its own Node. */
const ALIKE = ['NODE_OPTIONS', 'TIDEGATE_LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_BSP_SCHEDULE_DELAY', 'TIDEGATE_TRACE_RATIO'] as const;

/** Environments of the processes as far as they tell of themselves. */
export interface ObservedEnvironments {
  readonly crmApp: Environment;
  readonly worker: Environment;
  readonly producer: Environment;
  readonly cloudPage: Environment;
  /** Where the Temporal SDK tells its metrics. */
  readonly sdkUrl: string | undefined;
}

/**
 * With TIDEGATE_METRICS_PORT the expositions get ports in a row: CRM application, worker, Temporal SDK, producer, cloud page; with
 * 0 any free ones. Throws `port-busy`, `configuration-invalid`.
 */
export async function observedEnvironments(environment: Environment): Promise<ObservedEnvironments> {
  const alike = Object.fromEntries(ALIKE.map((name) => [name, environment[name]]));
  const first = portIn(environment, 'TIDEGATE_METRICS_PORT');
  if (first === undefined) return { crmApp: alike, worker: alike, producer: alike, cloudPage: alike, sdkUrl: undefined };
  const chosen = new Set<number>();
  while (chosen.size < 5) chosen.add(await choosePort(first === 0 ? 0 : first + chosen.size));
  const [crmApp, worker, sdk, producer, cloudPage] = chosen;
  const on = (port: number | undefined): Environment => ({ ...alike, TIDEGATE_METRICS_PORT: String(port) });
  return {
    crmApp: on(crmApp),
    worker: { ...on(worker), TIDEGATE_TEMPORAL_METRICS_PORT: String(sdk) },
    producer: on(producer),
    cloudPage: on(cloudPage),
    sdkUrl: `http://127.0.0.1:${sdk}/metrics`,
  };
}
