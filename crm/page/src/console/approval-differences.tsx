import { Alert, Button, Group, Loader, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import type { Breach } from './answers.ts';
import { PlanDifferences } from './plan-differences.tsx';
import { type Difference, useWorkedOutPlan } from './use-worked-out-plan.ts';

const words = texts.console.plans;

/** Number of records whose differences are shown. */
const SAMPLE = 100;

/** A button that shows what would change if what waits went through, without changing anything. */
export function ApprovalDifferences({ breach }: { readonly breach: Breach }): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const name = collectionName(breach.collection);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={texts.console.approvals.differencesOf(name)}>
        {words.show}
      </Button>
      <Dialog wide opened={opened} title={texts.console.approvals.differencesOf(name)} close={close}>
        {opened && <Differences breach={breach} />}
      </Dialog>
    </>
  );
}

/** What would be sent is worked out now; what came in and was set down is shown as it came. */
function Differences({ breach }: { readonly breach: Breach }): ReactNode {
  return breach.batchId === null ? <WorkedOut breach={breach} /> : <SetDown id={breach.id} />;
}

function SetDown({ id }: { readonly id: number }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'approvals', id, 'differences'],
    queryFn: () => request<{ differences: readonly Difference[] }>('GET', `approvals/${id}/differences`),
  });
  if (error !== null) return <ErrorView error={error} />;
  return data === undefined ? <Text size="sm">{texts.common.loading}</Text> : <PlanDifferences differences={data.differences} isComplete={false} />;
}

function WorkedOut({ breach: { link, collection, direction } }: { readonly breach: Breach }): ReactNode {
  const { plan, error } = useWorkedOutPlan('plans', { link, direction, collections: [collection], sample: SAMPLE });
  if (error !== null) return <ErrorView error={error} />;
  if (plan === undefined)
    return (
      <Group>
        <Loader size="sm" aria-label={texts.common.loading} />
        <Text size="sm">{words.asked}</Text>
      </Group>
    );
  const code = plan.errorCode ?? plan.result?.find((forecast) => forecast.code !== null)?.code ?? null;
  if (code !== null)
    return (
      <Alert color="red" role="alert">
        {reasonText(code)}
      </Alert>
    );
  return <PlanDifferences differences={plan.differences} />;
}
