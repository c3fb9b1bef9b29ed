import { Alert, Anchor, Code, Stack, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Explained } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatExactly, formatMoment } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { Panel } from './panel.tsx';
import { labelOf, storedText } from './stored-text.ts';
import { StoredValue } from './stored-value.tsx';
import type { AnyView } from './views.ts';

const words = texts.history.origins;

/** Of each value of a record: since when it stands here, by whom, and by which order it came; and why the record is not in step. */
export function OriginsPanel({ collection, id, view }: { readonly collection: string; readonly id: string; readonly view: AnyView }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.history, 'origins', collection, id],
    queryFn: ({ signal }) => request<{ links: Explained[] }>('GET', `record-story${queryString({ collection, key: id })}`, undefined, signal),
  });
  return (
    <Panel title={words.title}>
      {error !== null && <ErrorView error={error} />}
      <Stack gap="md">
        {data?.links.map((explained) => (
          <LinkOrigins key={explained.link} explained={explained} view={view} named={data.links.length > 1} />
        ))}
      </Stack>
    </Panel>
  );
}

function LinkOrigins({
  explained: { link, fields, hindrances },
  view,
  named,
}: {
  readonly explained: Explained;
  readonly view: AnyView;
  readonly named: boolean;
}): ReactNode {
  // A field that never had a value has no story; the key is no value of the user's.
  const told = fields.filter(({ field, value, from }) => field !== 'id' && (from !== 'before' || storedText(view, field, value) !== texts.common.none));
  return (
    <Stack gap="xs">
      {named && <Text size="sm">{link}</Text>}
      {hindrances.length > 0 && (
        <Alert color="yellow" p="xs">
          <Text size="sm" fw={650}>
            {words.hindered}
          </Text>
          {[...new Set(hindrances.map(({ hindrance }) => hindrance))].map((hindrance) => (
            <Text key={hindrance} size="sm">
              {words.hindrances[hindrance]}
            </Text>
          ))}
        </Alert>
      )}
      <Table verticalSpacing={6} highlightOnHover={false}>
        <Table.Tbody>
          {told.map((origin) => (
            <Table.Tr key={origin.field}>
              <Table.Th scope="row" fw={550} className="origin-field">
                {labelOf(view, origin.field)}
              </Table.Th>
              <Table.Td className="breakable">
                <Text size="sm" className="clamped">
                  <StoredValue view={view} field={origin.field} value={origin.value} />
                </Text>
                <Origin {...origin} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

/** Where one value comes from, in one sentence, with the order that let it in. */
function Origin({ from, by, since, messageId, url }: Explained['fields'][number]): ReactNode {
  return (
    <Text size="xs" c="dimmed" component="div" {...(since === null ? {} : { title: formatExactly(since) })}>
      {from === 'before' || since === null ? words.before : words.from[from](by ?? words.somebody, formatMoment(since))}
      {messageId !== null && (
        <>
          {' '}
          {words.order} <Code>{messageId}</Code>
        </>
      )}
      {url !== null && (
        <>
          {' '}
          <Anchor href={url} target="_blank" rel="noreferrer" size="xs" underline="always">
            {texts.sync.openRun} <IconExternalLink size={12} aria-hidden />
          </Anchor>
        </>
      )}
    </Text>
  );
}
