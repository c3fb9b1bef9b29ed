import { Anchor, Badge, Button, Group, Progress, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatClock, formatLag, formatNumber } from '../app/format.ts';
import { useNow } from '../app/use-now.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { undoTexts } from '../texts/undo-texts.ts';
import type { ListedRun } from './answers.ts';
import { RunBooksDialog } from './run-books-dialog.tsx';
import { UndoButton } from './undo-button.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.sync.run;
const COLORS = { running: 'blue.9', completed: 'teal.9', failed: 'red.9', refused: 'red.9' } as Readonly<Record<string, string>>;
const BOOKS = ['offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'] as const;
/** Books that say least, where there is no room for all: the run's own dialog has them. */
const WIDE: ReadonlySet<string> = new Set(['unchanged', 'filtered']);
const FILTERS = { way: words.directions, trigger: words.triggers, state: words.states } as const;

type Narrowed = Partial<Record<keyof typeof FILTERS | 'run' | 'before', string>>;

/** So many are shown at a time. */
const SIZE = 50;

const wordOf = (names: object, name: string): string => (names as Readonly<Record<string, string>>)[name] ?? name;

/** The latest runs with their books as they go; narrowed by what stands in the address, so that a view or a run can be sent on. */
export function RunTable(): ReactNode {
  const { way, trigger, state, run: id, before } = useSearch({ strict: false }) as Narrowed;
  const navigate = useNavigate();
  const narrow = (change: Narrowed): void =>
    void navigate({ to: '.', search: { tab: 'runs', way, trigger, state, run: id, ...change } as never, replace: true });
  const question = { size: SIZE, direction: way, trigger, state, id, before };
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'runs', question],
    queryFn: () => request<{ rows: ListedRun[] }>('GET', `runs${queryString(question)}`),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  const isNarrowed = [way, trigger, state, id].some((value) => value !== undefined);
  const head = [
    `@${words.started}`,
    words.direction,
    words.state,
    ...BOOKS.map((name) => (WIDE.has(name) ? ({ title: `#${words[name]}`, visibleFrom: 'xl' } as const) : `#${words[name]}`)),
    texts.console.runs.books,
  ];
  return (
    <Stack gap="sm">
      <Group gap="sm" align="end">
        {(Object.keys(FILTERS) as (keyof typeof FILTERS)[]).map((name) => (
          <Select
            key={name}
            label={texts.console.runs.filters[name]}
            placeholder={texts.common.all}
            clearable
            clearButtonProps={{ 'aria-label': `${texts.console.runs.clear}: ${texts.console.runs.filters[name]}` }}
            w={170}
            data={Object.entries(FILTERS[name]).map(([value, label]) => ({ value, label }))}
            value={{ way, trigger, state }[name] ?? null}
            onChange={(value) => narrow({ [name]: value ?? undefined })}
          />
        ))}
        <TextInput
          key={id ?? ''}
          label={texts.console.runs.find}
          placeholder={texts.console.runs.findHint}
          w={260}
          defaultValue={id ?? ''}
          onKeyDown={(event) => {
            if (event.key === 'Enter') narrow({ run: event.currentTarget.value.trim() || undefined } as Narrowed);
          }}
        />
        {isNarrowed && (
          <Button variant="default" onClick={() => narrow({ way: undefined, trigger: undefined, state: undefined, run: undefined } as never)}>
            {texts.console.runs.all}
          </Button>
        )}
      </Group>
      {data?.rows.length === 0 ? (
        <Text c="dimmed">{isNarrowed ? texts.console.runs.noneMatch : texts.sync.noRuns}</Text>
      ) : (
        <ScrolledTable label={texts.sync.runs} minWidth={940} head={head} isTight>
          {data?.rows.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ScrolledTable>
      )}
      <Group gap="xs">
        {before !== undefined && (
          <Button variant="default" size="xs" onClick={() => narrow({ before: undefined } as never)}>
            {texts.console.runs.newest}
          </Button>
        )}
        {data?.rows.length === SIZE && (
          <Button variant="default" size="xs" onClick={() => narrow({ before: data.rows.at(-1)?.startedAt ?? '' })}>
            {texts.console.runs.older}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function RunRow({ run }: { readonly run: ListedRun }): ReactNode {
  const mayGovern = useMay('govern');
  const now = useNow();
  const until = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  return (
    <Table.Tr>
      <Table.Td className="nowrap">
        {run.url === null ? (
          <Moment at={run.startedAt} isClock />
        ) : (
          <Anchor href={run.url} target="_blank" rel="noreferrer" size="sm" aria-label={`${formatClock(run.startedAt)}: ${texts.sync.openRun}`}>
            <Moment at={run.startedAt} isClock /> <IconExternalLink size={14} aria-hidden />
          </Anchor>
        )}
        <Text size="xs" c="dimmed">
          {words.duration} {formatLag(Math.max(1, until - Date.parse(run.startedAt)))}
        </Text>
      </Table.Td>
      <Table.Td className="nowrap">
        {wordOf(words.directions, run.direction)}
        <Text size="xs" c="dimmed">
          {[wordOf(words.triggers, run.trigger), run.requestedBy].filter(Boolean).join(', ')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge color={COLORS[run.state] ?? 'gray.7'}>{wordOf(words.states, run.state)}</Badge>
        {run.state === 'running' && <Progress value={100} animated size="xs" mt={4} aria-label={texts.console.runs.goesOn(run.windows)} />}
        {run.errorCode !== null && (
          <Text size="xs" miw={140} maw={260} className="breakable" title={run.errorCode}>
            {reasonText(run.errorCode)}
          </Text>
        )}
        {run.undoneBy !== null && (
          <RoutedAnchor to="/console" search={{ tab: 'runs', run: run.undoneBy }} size="xs" display="block" aria-label={undoTexts.undoneBy}>
            {undoTexts.undone}
          </RoutedAnchor>
        )}
      </Table.Td>
      {BOOKS.map((name) => (
        <Table.Td key={name} className="number" {...(WIDE.has(name) ? { visibleFrom: 'xl' as const } : {})}>
          {formatNumber(run.books[name])}
        </Table.Td>
      ))}
      <Table.Td>
        <Group gap={4}>
          <RunBooksDialog run={run} />
          {mayGovern && <UndoButton run={run} />}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
