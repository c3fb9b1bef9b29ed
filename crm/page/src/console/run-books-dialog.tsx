import { Alert, Button, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconScale } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Run } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatClock, formatNumber } from '../app/format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { texts } from '../texts/texts.ts';
import type { Books } from './answers.ts';

const words = texts.console.runs;

/** A button for the books of a run, each side's as it signed them, and whether they balance. */
export function RunBooksDialog({ run }: { readonly run: Run }): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconScale size={14} aria-hidden />}
        onClick={open}
        aria-label={words.booksOf(formatClock(run.startedAt))}
      >
        {words.books}
      </Button>
      <Dialog opened={opened} title={words.booksTitle} close={close}>
        {opened && <BothBooks id={run.id} />}
      </Dialog>
    </>
  );
}

function BothBooks({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: [KEYS.status, 'books', id], queryFn: () => request<Books>('GET', `run-books${queryString({ id })}`) });
  if (error !== null) return <ErrorView error={error} />;
  if (data === undefined) return <Text size="sm">{texts.common.loading}</Text>;
  const { sender, receiver, difference } = data;
  const rows: readonly (readonly [string, number])[] = [
    [words.sender.offered, sender.offered],
    [words.sender.filtered, sender.filtered],
    [words.sender.sent, sender.sent],
    [words.receiver.applied, receiver.applied],
    [words.receiver.unchanged, receiver.unchanged],
    [words.receiver.conflicted, receiver.conflicted],
    [words.receiver.quarantined, receiver.quarantined],
  ];
  return (
    <Stack gap="sm">
      <Alert color={difference === 0 ? 'teal' : 'red'} role={difference === 0 ? 'status' : 'alert'}>
        {difference === 0 ? words.balanced : words.unbalanced(formatNumber(Math.abs(difference)))}
      </Alert>
      <Table>
        <Table.Tbody>
          {rows.map(([label, count]) => (
            <Table.Tr key={label}>
              <Table.Th scope="row">{label}</Table.Th>
              <Table.Td className="number">{formatNumber(count)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
