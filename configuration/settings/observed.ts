import { z } from 'zod';
import { webUrl, port } from './values.ts';

/** Whether and where a process tells of itself; all of it is off unless set. */
export const observedSettings = {
  TIDEGATE_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'Least level that is logged.' }),
  TIDEGATE_METRICS_PORT: port.optional().meta({ description: 'Port of Prometheus metrics; 0 takes any free one. Not set: no metrics.' }),
  TIDEGATE_METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address on which metrics are served.', cost: 'Any other than loopback opens them to the network.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: webUrl.optional().meta({ description: 'Base URL of an OTLP receiver over HTTP (`http://127.0.0.1:4318`). Not set: no traces.' }),
  TIDEGATE_TRACE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .meta({ description: 'Share of the traces that are recorded.', cost: 'More: more CPU for each window.' }),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(1).default(5000).meta({ description: 'Spans are sent after so long.', unit: 'milliseconds' }),
};

/** Settings of what a process tells of itself. */
export type ObservedSettings = z.infer<z.ZodObject<typeof observedSettings>>;
