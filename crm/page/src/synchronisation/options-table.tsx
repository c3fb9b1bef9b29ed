import { Checkbox, Group, Switch, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { SyncOptions } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { sayError } from '../app/say-error.ts';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { PeriodForm } from './period-form.tsx';

const words = texts.options;

/** Which collections flow, for the company and for the user's own buttons, and how often. */
export function OptionsTable(): ReactNode {
  const mayGovern = useMay('govern');
  const maySynchronise = useMay('synchronise');
  const { data, error } = useQuery({ queryKey: [KEYS.options], queryFn: () => request<SyncOptions>('GET', 'options') });
  const change = useMutation({
    mutationFn: ({ path, body }: { readonly path: string; readonly body: object }) => request('PUT', `options/${path}`, body),
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.options] }),
  });
  if (error !== null) return <ErrorView error={error} />;
  const manyLinks = (data?.links.length ?? 0) > 1;
  const head = [...(manyLinks ? [texts.sync.link] : []), texts.sync.collection, words.mine, words.forward, words.reverse];
  return (
    <div>
      <Title order={2} size="h4" mb={4}>
        {words.title}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {mayGovern ? words.help : words.helpUser}
      </Text>
      <ScrolledTable label={words.title} minWidth={520} head={head}>
        {data?.links.flatMap(({ link, collections }) =>
          collections.map(({ collection, forward, reverse, selected }) => (
            <Table.Tr key={`${link}/${collection}`}>
              {manyLinks && <Table.Td>{link}</Table.Td>}
              <Table.Th scope="row">{collectionName(collection)}</Table.Th>
              <Table.Td>
                <Checkbox
                  aria-label={words.mineOf(collectionName(collection))}
                  checked={selected}
                  disabled={!maySynchronise}
                  onChange={(event) => change.mutate({ path: 'mine', body: { collection, selected: event.currentTarget.checked } })}
                />
              </Table.Td>
              {(['forward', 'reverse'] as const).map((direction) => (
                <Table.Td key={direction}>
                  {mayGovern ? (
                    <Switch
                      aria-label={`${collectionName(collection)}: ${words[direction]}`}
                      checked={direction === 'forward' ? forward : reverse}
                      onChange={(event) => change.mutate({ path: 'company', body: { link, collection, direction, enabled: event.currentTarget.checked } })}
                    />
                  ) : (
                    yesOrNo(direction === 'forward' ? forward : reverse)
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          )),
        )}
      </ScrolledTable>
      <Group mt="md" gap="lg" align="flex-end">
        {data?.links.map(({ link, forwardEveryMs, reverseEveryMs }) => (
          <Group key={link} gap="lg" align="flex-end">
            {manyLinks && <Text size="sm">{link}</Text>}
            <PeriodForm key={`f${forwardEveryMs}`} link={link} direction="forward" everyMs={forwardEveryMs} />
            <PeriodForm key={`r${reverseEveryMs}`} link={link} direction="reverse" everyMs={reverseEveryMs} />
          </Group>
        ))}
      </Group>
    </div>
  );
}

/** What a switch says to who may not move it. */
const yesOrNo = (on: boolean): string => (on ? texts.common.yes : texts.common.no);

/** A collection's name: the page's own word for its list, where it has one. */
export function collectionName(collection: string): string {
  const names = texts.navigation as Readonly<Record<string, string>>;
  return ['contacts', 'accounts', 'appointments', 'tasks'].includes(collection) ? (names[collection] ?? collection) : collection;
}
