import { Anchor, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { RecordExplanation } from '../../../../adaptor/data/ledger/explain-record.ts';
import type { Json } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment } from '../app/format.ts';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { texts } from '../texts/texts.ts';
import { fieldLabel } from './field-label.ts';
import { Panel } from './panel.tsx';

const words = texts.console.origins;

/** What the ledger tells of a record on one link. */
type Explanation = Json<Omit<RecordExplanation, 'story'>> & {
  readonly story: readonly (Json<RecordExplanation['story'][number]> & { readonly url: string | null })[];
};

/** Where each value of a record comes from, as the ledger proves it: who, when, by which order and run. */
export function OriginsPanel({ collection, id }: { readonly collection: string; readonly id: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.history, 'origins', collection, id],
    queryFn: () => request<{ links: Explanation[] }>('GET', `record-story${queryString({ collection, key: id })}`),
  });
  return (
    <Panel title={words.title}>
      {error !== null && <ErrorView error={error} />}
      {data?.links.map((explained) => (
        <div key={explained.link}>
          {data.links.length > 1 && <Text size="sm">{explained.link}</Text>}
          <ScrolledTable label={words.title} minWidth={420} head={[texts.conflict.field, words.from, words.since, words.by]}>
            {explained.fields
              .filter(({ value }) => value !== null)
              .map(({ field, from, since, by, runId }) => {
                const url = runId === null ? null : (explained.story.find((event) => event.runId === runId)?.url ?? null);
                return (
                  <Table.Tr key={field}>
                    <Table.Th scope="row">{fieldLabel(field)}</Table.Th>
                    <Table.Td>{words.froms[from]}</Table.Td>
                    <Table.Td className="nowrap">{since === null ? texts.common.none : formatMoment(since)}</Table.Td>
                    <Table.Td className="breakable">
                      {by ?? texts.common.none}{' '}
                      {url !== null && (
                        <Anchor href={url} target="_blank" rel="noreferrer" size="sm" aria-label={`${fieldLabel(field)}: ${texts.sync.openRun}`}>
                          <IconExternalLink size={14} aria-hidden />
                        </Anchor>
                      )}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
          </ScrolledTable>
        </div>
      ))}
    </Panel>
  );
}
