import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** A selection of series, as an expression asks for it. */
export interface Selector {
  readonly metric: string;
  /** Names of labels that it matches by. */
  readonly labels: readonly string[];
}

/** Alert rules, as Prometheus reads them. */
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[] }[];
}

const read = (name: string): string => readFileSync(new URL(`../../docs/observability/${name}`, import.meta.url), 'utf8');

/** Every expression of the example dashboard. */
export function dashboardExpressions(): readonly string[] {
  const { panels } = JSON.parse(read('dashboard.json')) as { panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** Every rule of the example alerts: what is recorded by its name, alerts by theirs. */
export function ruleExpressions(): readonly { readonly name: string; readonly recorded: boolean; readonly expr: string }[] {
  const { groups } = parse(read('alerts.yml')) as RuleFile;
  return groups.flatMap(({ rules }) =>
    rules.map(({ record, alert, expr }) => ({ name: record ?? alert ?? '', recorded: record !== undefined, expr: String(expr) })),
  );
}

/** What an expression of PromQL asks for, read by Prometheus' own grammar. Throws where it is no PromQL. */
export function selectorsIn(expression: string): readonly Selector[] {
  // Grafana puts a time and a regular expression there.
  const text = expression.replaceAll('$__rate_interval', '1m').replaceAll('$link', '.*');
  const selectors: Selector[] = [];
  const textOf = ({ from, to }: SyntaxNode): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter: ({ type, from, node }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      if (metric === null) throw new Error(`a selection without a metric: ${expression}`);
      const labels: string[] = [];
      node
        .getChild('LabelMatchers')
        ?.cursor()
        .iterate((each) => {
          if (each.name === 'LabelName') labels.push(textOf(each.node));
        });
      selectors.push({ metric: textOf(metric), labels });
    },
  });
  if (selectors.length === 0) throw new Error(`it asks for no series: ${expression}`);
  return selectors;
}
