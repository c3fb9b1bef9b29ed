import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { StoredPlan } from '../../../../adaptor/data/planning/plan-rows.ts';
import type { Json } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { useStatus } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment, formatNumber } from '../app/format.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { PlanDifferences } from './plan-differences.tsx';
import type { Difference } from './use-worked-out-plan.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.console.plans;

type Plan = Json<StoredPlan>;

/** Number of records of each collection whose differences are shown. */
const SAMPLE = 50;

/** How often a plan that is being worked out is looked at, in milliseconds: no event tells of it. */
const LOOK_EVERY_MS = 2000;

/** What a run would do now, worked out without doing it; for an administrator. */
export function PlanView(): ReactNode {
  const [shown, setShown] = useState<Plan | null>(null);
  const links = useStatus().data?.links ?? [];
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'plans'],
    queryFn: () => request<{ rows: Plan[] }>('GET', 'plans'),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.rows.some(({ state }) => state === 'asked') === true ? LOOK_EVERY_MS : false),
  });
  const make = useMutation({
    mutationFn: async (direction: 'forward' | 'reverse') => {
      for (const { name: link } of links) await request('POST', 'plans', { link, direction, sample: SAMPLE });
    },
    onSuccess: () => sayDone(words.asked),
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status, 'plans'] }),
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  const head = [
    `@${words.since}`,
    texts.sync.run.direction,
    texts.sync.collection,
    `#${words.inserts}`,
    `#${words.updates}`,
    `#${words.deletes}`,
    texts.sync.state,
  ];
  return (
    <Stack gap="sm">
      <Text size="sm">{words.text}</Text>
      <Group gap="xs">
        {(['forward', 'reverse'] as const).map((direction) => (
          <Button key={direction} variant="default" loading={make.isPending} onClick={() => make.mutate(direction)}>
            {words.make(texts.sync.run.directions[direction])}
          </Button>
        ))}
      </Group>
      {data?.rows.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {data !== undefined && data.rows.length > 0 && (
        <ScrolledTable label={texts.console.names.plans} minWidth={820} head={head}>
          {data.rows.map((plan) => (
            <PlanRows key={plan.id} plan={plan} show={() => setShown(plan)} />
          ))}
        </ScrolledTable>
      )}
      <Dialog wide opened={shown !== null} title={words.title} close={() => setShown(null)}>
        {shown !== null && <Differences id={shown.id} />}
      </Dialog>
    </Stack>
  );
}

function PlanRows({ plan, show }: { readonly plan: Plan; readonly show: () => void }): ReactNode {
  const forecasts = plan.result ?? [];
  return (
    <>
      {(forecasts.length === 0 ? [undefined] : forecasts).map((forecast, i) => (
        <Table.Tr key={forecast?.collection ?? 'none'}>
          <Table.Td className="nowrap">{i === 0 && <Moment at={plan.createdAt} />}</Table.Td>
          <Table.Td className="nowrap">{i === 0 && texts.sync.run.directions[plan.direction]}</Table.Td>
          <Table.Td>{forecast !== undefined && collectionName(forecast.collection)}</Table.Td>
          {(['insert', 'update', 'delete'] as const).map((name) => (
            <Table.Td key={name} className="number">
              {forecast !== undefined && formatNumber(forecast[name])}
            </Table.Td>
          ))}
          <Table.Td>
            {i === 0 && (
              <Group gap="xs" wrap="nowrap">
                <Badge color={plan.state === 'failed' ? 'red.9' : plan.state === 'done' ? 'teal.9' : 'blue.9'}>{words.states[plan.state]}</Badge>
                {plan.errorCode !== null && <Text size="xs">{reasonText(plan.errorCode)}</Text>}
                {plan.state === 'done' && (
                  <Button size="compact-sm" variant="default" onClick={show} aria-label={words.showOf(formatMoment(plan.createdAt))}>
                    {words.show}
                  </Button>
                )}
              </Group>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </>
  );
}

function Differences({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'plans', id],
    queryFn: () => request<{ differences: Difference[] }>('GET', `plans/${id}`),
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data === undefined) return <Text size="sm">{texts.common.loading}</Text>;
  return <PlanDifferences differences={data.differences} />;
}
