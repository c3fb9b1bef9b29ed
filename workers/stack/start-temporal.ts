import { join, resolve } from 'node:path';
import { ensureCodecKeys } from '../../adaptor/auth/codec/codec-key-file.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { stackSettingsSchema } from '../../configuration/settings/stack.ts';
import { temporalSettingsSchema } from '../../configuration/settings/temporal.ts';
import { temporalPlace } from '../../configuration/temporal-place.ts';
import type { Supervisor } from '../../embedded/supervisor.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import { startTemporalServer } from '../../embedded/temporal-server.ts';
import { registerSearchAttributes } from '../../scheduler/register-search-attributes.ts';
import { SEARCH_ATTRIBUTE_TYPES } from '../../scheduler/search-attributes.ts';
import { type StackCodec, type StackTemporal, ownSettings } from './environments.ts';
import { preferredPort } from './ports.ts';
import type { StepReporter } from './progress.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the stack's Temporal server is started with. */
export interface TemporalStart {
  readonly supervisor: Supervisor;
  readonly home: string;
  readonly environment: Environment;
  /** Where the CRM application will decode payloads, for the Temporal UI. */
  readonly codecEndpoint: string;
  readonly report: StepReporter;
}

/** Starts the embedded Temporal server, or takes the one that the environment names, whose namespace gets its search attributes. */
export async function startTemporal({
  supervisor,
  home,
  environment,
  codecEndpoint,
  report,
}: TemporalStart): Promise<StackTemporal & { readonly pid: number | null }> {
  const address = environment['TIDEGATE_TEMPORAL_ADDRESS'] ?? environment['TEMPORAL_ADDRESS'];
  const namespace = environment['TIDEGATE_TEMPORAL_NAMESPACE'] ?? 'tidegate';
  const encoding = await codecOf(environment);
  if (address !== undefined) {
    report.step('Temporal');
    const where = { TIDEGATE_TEMPORAL_ADDRESS: address, TIDEGATE_TEMPORAL_NAMESPACE: namespace };
    const place = await temporalPlace(readSettings(temporalSettingsSchema, { ...environment, ...where }));
    await registerSearchAttributes(place);
    return {
      ...place,
      ui: environment['TIDEGATE_TEMPORAL_UI'],
      encoding,
      security: { ...ownSettings(environment, 'TIDEGATE_TEMPORAL_TLS_'), ...ownSettings(environment, 'TIDEGATE_TEMPORAL_API_KEY') },
      pid: null,
    };
  }
  const uiPort = await preferredPort(environment, 'TIDEGATE_TEMPORAL_UI_PORT', 4703);
  const server = await supervisor.start('temporal', async (hooks) => {
    // Fetched first, so that the steps stand in the order in which they are done, each with its own time.
    await findTemporalBinary((step) => report.step(step));
    report.step('Temporal');
    return startTemporalServer({
      ...hooks,
      databaseFile: join(home, 'temporal.db'),
      namespace,
      uiPort,
      ...(encoding.TIDEGATE_CODEC_KEYS === undefined ? {} : { codecEndpoint }),
      searchAttributes: SEARCH_ATTRIBUTE_TYPES,
    });
  });
  return { address: server.address, namespace, ui: server.uiUrl, encoding, security: {}, pid: server.pid };
}

/** The key file that the environment names, made where it is missing; by its whole path, for the command line may run elsewhere. */
async function codecOf(environment: Environment): Promise<StackCodec> {
  const named = environment['TIDEGATE_CODEC_KEYS'] ?? '';
  if (named === '') return {};
  const { TIDEGATE_CODEC_MODE } = readSettings(stackSettingsSchema, environment);
  const TIDEGATE_CODEC_KEYS = resolve(named);
  await ensureCodecKeys(TIDEGATE_CODEC_KEYS);
  return { TIDEGATE_CODEC_KEYS, TIDEGATE_CODEC_MODE };
}
