import { METRICS, type MetricDefinition, type Part } from './catalogue.ts';

const NAMES: Readonly<Record<Part, string>> = { 'crm-app': 'CRM application', 'crm-worker': 'worker', producer: 'producer', 'cloud-page': 'cloud page' };

/** docs/metrics.md, from the catalogue. */
export function metricsDocument(): string {
  const rows = (Object.values(METRICS) as readonly MetricDefinition[]).toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(row);
  return [
    '# Metrics',
    '',
    'Generated from `observability/metrics/catalogue.ts` by `npm run docs`; a check holds it to the code.',
    'What each means for the operator, and the alerts on them, is in [observability.md](observability.md).',
    '',
    '| Metric | Type | Labels | Told by | What it is |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    'Each process also tells the usual `process_*` and `nodejs_*` metrics of its runtime. The worker tells the Temporal SDK’s own',
    '(`temporal_*`) on a port of their own; they are described in [Temporal’s reference](https://docs.temporal.io/references/sdk-metrics).',
    '',
  ].join('\n');
}

function row({ name, type, labels, parts, help }: MetricDefinition): string {
  const named = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${named === '' ? 'none' : named} | ${parts.map((part) => NAMES[part]).join(', ')} | ${help} |`;
}
