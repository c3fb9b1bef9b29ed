import { Breadcrumbs, Center, Grid, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useNavigate, useParams, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useUnsaved } from '../../../../web/page/unsaved/use-unsaved.tsx';
import { useCollectionOf, useStatus } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment, zone } from '../app/format.ts';
import { NotFound } from '../app/not-found.tsx';
import { RoutedAnchor } from '../app/routed.tsx';
import { RecordForm } from '../records/record-form.tsx';
import { StateChip } from '../records/state-chip.tsx';
import { useStates } from '../records/use-list.ts';
import { useRecord } from '../records/use-record.ts';
import type { Stored } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { OriginsPanel } from './origins-panel.tsx';
import { RelatedRecords } from './related-records.tsx';
import { StoryPanel } from './story-panel.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { type AnyView, viewOf } from './views.ts';

/** A record's own page: its fields, what belongs to it, how it stands with the cloud, and what happened to it. */
export function RecordPage(): ReactNode {
  const { kind, id } = useParams({ from: '/$kind/$id' });
  const view = viewOf(kind);
  return view === undefined ? <NotFound /> : <KnownRecord key={`${kind}/${id}`} view={view} id={id} />;
}

function KnownRecord({ view, id }: { readonly view: AnyView; readonly id: string }): ReactNode {
  const navigate = useNavigate();
  const record = useRecord<Stored>(view.kind, id);
  const { setDirty, question } = useUnsaved(useRouter().history);
  const isKnown = useStatus().data !== undefined;
  const collection = useCollectionOf(view.table);
  const state = useStates(collection, [id]).get(id);
  if (record.isError)
    return (
      <Stack>
        <Title order={1} size="h2">
          {view.one}
        </Title>
        <ErrorView error={record.error} retry={() => void record.refetch()} />
      </Stack>
    );
  const row = record.data;
  if (row === undefined) {
    return (
      <>
        <Title order={1} size="h2">
          {view.one}
        </Title>
        <Center h={200}>
          <Loader aria-label={texts.common.loading} />
        </Center>
      </>
    );
  }
  const list = `/${view.kind}` as const;
  return (
    <Stack gap="md">
      <Breadcrumbs>
        <RoutedAnchor to={list} size="sm">
          {texts.navigation[view.kind]}
        </RoutedAnchor>
        <Text size="sm" c="dimmed">
          {view.one}
        </Text>
      </Breadcrumbs>
      <Group gap="sm">
        <Title order={1} size="h2" className="breakable clamped">
          {view.nameOf(row)}
        </Title>
        <StateChip state={state} collection={collection} />
      </Group>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Paper withBorder p="md">
            <RecordForm view={view} record={row} stays onDirty={setDirty} close={() => void navigate({ to: list })} />
          </Paper>
          <Text size="xs" c="dimmed" mt="xs">
            {texts.record.lastChanged(`${formatMoment(row.updatedAt)} (${zone})`)}
          </Text>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="lg">
            {(view.related?.(row) ?? []).map((related) => (
              <RelatedRecords key={related.title} {...related} of={id} />
            ))}
            {collection !== undefined && <StoryPanel collection={collection} id={id} />}
            {collection !== undefined && <OriginsPanel collection={collection} id={id} view={view} />}
            {collection !== undefined && <TimelinePanel collection={collection} id={id} view={view} />}
            {collection === undefined && isKnown && (
              <Text size="sm" c="dimmed">
                {texts.history.notShared}
              </Text>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
      {question}
    </Stack>
  );
}
