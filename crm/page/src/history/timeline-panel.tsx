import { Button, Text, Timeline } from '@mantine/core';
import { IconAlertTriangle, IconArrowsSplit, IconCloudDownload, IconHandClick, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Happening } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { texts } from '../texts/texts.ts';
import { Panel } from './panel.tsx';
import { labelOf, storedText } from './stored-text.ts';
import type { AnyView } from './views.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.history;

/** So many are shown at first. */
const SHOWN = 10;

const ICONS: Readonly<Record<Happening['what'], typeof IconPencil>> = {
  created: IconPlus,
  changed: IconPencil,
  deleted: IconTrash,
  received: IconCloudDownload,
  conflict: IconArrowsSplit,
  'set-aside': IconAlertTriangle,
  requested: IconHandClick,
};

/** What happened to a record, newest first: who, when, which fields, and what stood there before. */
export function TimelinePanel({ collection, id, view }: { readonly collection: string; readonly id: string; readonly view: AnyView }): ReactNode {
  const [all, setAll] = useState(false);
  const { data, error } = useQuery({
    queryKey: [KEYS.history, 'timeline', collection, id],
    queryFn: ({ signal }) => request<{ entries: Happening[] }>('GET', `record-timeline${queryString({ collection, key: id })}`, undefined, signal),
  });
  const entries = data?.entries ?? [];
  return (
    <Panel title={words.timeline}>
      {error !== null && <ErrorView error={error} />}
      {data !== undefined && entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.nothingKnown}
        </Text>
      )}
      <Timeline bulletSize={26} lineWidth={2} active={entries.length} color="tide.8">
        {entries.slice(0, all ? undefined : SHOWN).map((entry, index) => {
          const Icon = ICONS[entry.what];
          return (
            // Nothing names an entry but its place: two things may happen in one moment.
            // oxlint-disable-next-line react/no-array-index-key
            <Timeline.Item key={index} bullet={<Icon size={14} aria-hidden />} title={words.what[entry.what]}>
              {entry.fields.map(({ field, before }) => (
                <Text key={field} size="sm" className="breakable">
                  {entry.what === 'changed' ? words.was(labelOf(view, field), storedText(view, field, before)) : labelOf(view, field)}
                </Text>
              ))}
              <Text size="xs" c="dimmed">
                <Moment at={entry.at} />
                {entry.by === null ? '' : ` · ${entry.by}`}
              </Text>
            </Timeline.Item>
          );
        })}
      </Timeline>
      {entries.length > SHOWN && !all && (
        <Button size="xs" variant="default" mt="sm" onClick={() => setAll(true)}>
          {words.all(String(entries.length))}
        </Button>
      )}
    </Panel>
  );
}
