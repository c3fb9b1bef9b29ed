import { Stack, Tabs, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ComponentType, ReactNode } from 'react';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { ApprovalTable } from './approval-table.tsx';
import { ComparisonView } from './comparison-view.tsx';
import { ConflictTable } from './conflict-table.tsx';
import { HealthView } from './health-view.tsx';
import { KeyView } from './key-view.tsx';
import { PlanView } from './plan-view.tsx';
import { RunTable } from './run-table.tsx';
import { SetAsideTable } from './set-aside-table.tsx';
import { useHealth } from './use-health.ts';

/** What was done, and what needs somebody. Which view is shown stands in the address. */
export function Console(): ReactNode {
  const { data } = useHealth();
  const mayGovern = useMay('govern');
  const mayAudit = useMay('audit');
  const { tab = 'health' } = useSearch({ strict: false }) as { readonly tab?: string };
  const navigate = useNavigate();
  const { names } = texts.console;
  const counted = (name: string, count: number | undefined): string => (count === undefined || count === 0 ? name : `${name} (${count})`);
  const tabs: readonly { readonly value: string; readonly label: string; readonly View: ComponentType }[] = [
    { value: 'health', label: names.health, View: HealthView },
    { value: 'runs', label: names.runs, View: RunTable },
    { value: 'conflicts', label: counted(names.conflicts, data?.waiting.conflicts), View: ConflictTable },
    { value: 'set-aside', label: counted(names.setAside, data?.waiting.setAside), View: SetAsideTable },
    { value: 'approvals', label: counted(names.approvals, data?.waiting.approvals), View: ApprovalTable },
    { value: 'comparison', label: counted(names.comparison, data?.waiting.differences), View: ComparisonView },
    ...(mayGovern ? [{ value: 'plans', label: names.plans, View: PlanView }] : []),
    ...(mayAudit ? [{ value: 'keys', label: counted(names.keys, data?.waiting.expiring), View: KeyView }] : []),
  ];
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        {texts.navigation.console}
      </Title>
      <Tabs value={tab} onChange={(value) => void navigate({ to: '.', search: { tab: value ?? 'health' } as never, replace: true })} keepMounted={false}>
        <Tabs.List>
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, View }) => (
          <Tabs.Panel key={value} value={value} pt="md">
            <View />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
