import { z } from 'zod';
import { temporalSecuritySettings } from '../temporal-place.ts';
import { cloudConfig } from './configuration-files.ts';
import { observedSettings } from './observed.ts';
import { codecSettings, temporalSettingsSchema } from './temporal.ts';
import { port, postgresUrl } from './values.ts';

const ownFile = (description: string) => z.string().min(1).optional().meta({ description });

/** Own certificates and signing keys of one side, in the place of those that `npm start` makes. */
const ownMaterialOf = <S extends 'CRM' | 'CLOUD'>(side: S) =>
  ({
    [`TIDEGATE_${side}_TLS_CA`]: ownFile("PEM file of the authority that signs the other side's certificate."),
    [`TIDEGATE_${side}_TLS_CERTIFICATE`]: ownFile("PEM file of this side's certificate, named together with its key."),
    [`TIDEGATE_${side}_TLS_KEY`]: ownFile("PEM file of the certificate's private key."),
    [`TIDEGATE_${side}_SIGNING_KEY`]: ownFile("File of this side's private signing key (JWK)."),
  }) as Record<`TIDEGATE_${S}_${'TLS_CA' | 'TLS_CERTIFICATE' | 'TLS_KEY' | 'SIGNING_KEY'}`, ReturnType<typeof ownFile>>;

const realStore = (side: string) =>
  postgresUrl.optional().meta({
    description: `Administrator's URL of a real store of ${side}: it need not be a superuser, only own the database and be allowed to make roles.`,
  });

const usualPort = (what: string, usual: number) =>
  port.optional().meta({ description: `Port of ${what}; 0 takes any free one. Not set: ${usual}, or another one where that is taken.` });

/** How the parts that `npm start` starts tell of themselves. Its metrics have ports in a row, and are served on loopback. */
const { TIDEGATE_METRICS_HOST: _, ...observed } = observedSettings;

/** `npm start`: real parts that take the place of embedded ones, and ports. */
export const stackSettingsSchema = z.object({
  TIDEGATE_CLOUD_CONFIG: cloudConfig.TIDEGATE_CLOUD_CONFIG.meta({
    description: "File of the third party's configuration; without it, `tidegate.cloud.config.ts` in the working folder, if there is one.",
  }),
  TIDEGATE_CRM_ADMIN_URL: realStore('the CRM'),
  TIDEGATE_CLOUD_ADMIN_URL: realStore('the cloud'),
  TIDEGATE_TEMPORAL_ADDRESS: temporalSettingsSchema.shape.TIDEGATE_TEMPORAL_ADDRESS.optional(),
  TIDEGATE_TEMPORAL_NAMESPACE: z.string().min(1).optional().meta({ description: 'Namespace on a running Temporal server; without it, `tidegate`.' }),
  ...temporalSecuritySettings,
  TIDEGATE_TEMPORAL_UI: temporalSettingsSchema.shape.TIDEGATE_TEMPORAL_UI,
  ...codecSettings,
  ...ownMaterialOf('CRM'),
  ...ownMaterialOf('CLOUD'),
  TIDEGATE_CRM_APP_PORT: usualPort("the CRM's page", 4700),
  TIDEGATE_PRODUCER_PORT: usualPort('the producer', 4701),
  TIDEGATE_PRODUCER_PLAIN_PORT: usualPort("the producer's plain http, which only answers 308", 4702),
  TIDEGATE_TEMPORAL_UI_PORT: usualPort('the embedded Temporal UI', 4703),
  TIDEGATE_CLOUD_PAGE_PORT: usualPort("the third party's page", 4704),
  ...observed,
  TIDEGATE_METRICS_PORT: port
    .max(65_531)
    .optional()
    .meta({ description: 'First of five ports of Prometheus metrics, in a row; 0 takes any free ones. Not set: no metrics.' }),
});
