import { z } from 'zod';
import { temporalSecuritySettings } from '../temporal-place.ts';
import { webUrl } from './values.ts';

/** What the payloads of Temporal are encoded with. The same in every process that reaches Temporal. */
export const codecSettings = {
  TIDEGATE_CODEC_KEYS: z.string().min(1).optional().meta({
    description: 'File of the keys under which payloads in Temporal are encrypted, readable by its owner only. Not set: they are plain.',
    cost: 'Set: the Temporal UI shows them through the codec server only.',
  }),
  TIDEGATE_CODEC_MODE: z
    .enum(['encode', 'decode'])
    .default('encode')
    .meta({ description: '`decode`: what is new stays plain, what is encoded is still read. So it is switched off while runs are under way.' }),
};

/** The Temporal server that runs the CRM's workflows. */
export const temporalSettingsSchema = z.object({
  TIDEGATE_TEMPORAL_ADDRESS: z.string().min(1).meta({ description: 'host:port of the Temporal frontend.' }),
  TIDEGATE_TEMPORAL_NAMESPACE: z.string().min(1).default('tidegate').meta({ description: 'Namespace of the workflows.' }),
  ...temporalSecuritySettings,
  TIDEGATE_TEMPORAL_UI: webUrl.optional().meta({ description: 'Base URL of the Temporal UI, for links; without it none are shown.' }),
  TIDEGATE_CRM_APP_URL: webUrl
    .optional()
    .meta({ description: "Address of the CRM's page as browsers reach it, for links to it in the Temporal UI; without it none are shown." }),
  TIDEGATE_TASK_QUEUE: z.string().min(1).default('tidegate').meta({ description: 'Task queue that workers of this CRM share.' }),
  ...codecSettings,
});
