import { Badge, Button, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import type { KeyList } from './answers.ts';
import { LedgerProof } from './ledger-proof.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.console.keys;
const COLORS = { active: 'teal.9', future: 'blue.9', expired: 'red.9', revoked: 'gray.7' } as const;

const iso = (ms: number): string => new Date(ms).toISOString();

/** Whom the CRM believes and until when, and the proof that its ledger is what was written. */
export function KeyView(): ReactNode {
  const mayGovern = useMay('govern');
  const [revoking, setRevoking] = useState<KeyList['trusted'][number] | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: [KEYS.status, 'keys'], queryFn: () => request<KeyList>('GET', 'keys') });
  const revoke = useMutation({
    mutationFn: (reason: string) => request('POST', `keys/${revoking?.id}/revoke`, { reason }),
    onSuccess: () => {
      sayDone(words.revoked);
      setRevoking(null);
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} size="h4" mb="xs">
          {words.expiries}
        </Title>
        {data?.expiries.length === 0 && <Text c="dimmed">{words.none}</Text>}
        {data !== undefined && data.expiries.length > 0 && (
          <ScrolledTable label={words.expiries} minWidth={520} head={[words.what, `@${words.until}`, words.left]}>
            {data?.expiries.map(({ what, party, id, notAfterMs, days, warning }) => (
              <Table.Tr key={`${what}/${id}`}>
                <Table.Th scope="row">{[words.whats[what], party].filter((part) => part !== null).join(', ')}</Table.Th>
                <Table.Td className="nowrap">
                  <Moment at={iso(notAfterMs)} />
                </Table.Td>
                <Table.Td>
                  <Badge color={warning === null ? 'teal.9' : 'red.9'}>{days < 0 || warning === 0 ? words.over : words.days(days)}</Badge>
                </Table.Td>
              </Table.Tr>
            ))}
          </ScrolledTable>
        )}
      </div>
      <div>
        <Title order={2} size="h4" mb="xs">
          {words.trusted}
        </Title>
        {data?.trusted.length === 0 && <Text c="dimmed">{words.none}</Text>}
        {data !== undefined && data.trusted.length > 0 && (
          <ScrolledTable
            label={words.trusted}
            minWidth={900}
            head={[words.party, words.what, words.id, texts.sync.state, `@${words.until}`, `@${words.added}`, ...(mayGovern ? [texts.console.aside.act] : [])]}
          >
            {data.trusted.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Th scope="row">{one.party}</Table.Th>
                <Table.Td>{words.kinds[one.kind]}</Table.Td>
                <Table.Td title={one.id} ff="monospace">
                  {one.id.slice(0, 12)}…
                </Table.Td>
                <Table.Td>
                  <Badge color={COLORS[one.state]}>{words.states[one.state]}</Badge>
                  {one.revokedBy !== null && (
                    <Text size="xs" c="dimmed" className="breakable" maw={220}>
                      {texts.console.conflicts.decidedBy(one.revokedBy, one.revokedReason ?? '')}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="nowrap">
                  <Moment at={iso(one.notAfterMs)} />
                </Table.Td>
                <Table.Td>
                  <Moment at={iso(one.addedAtMs)} />
                  {one.addedBy !== null && (
                    <Text size="xs" c="dimmed">
                      {one.addedBy}
                    </Text>
                  )}
                </Table.Td>
                {mayGovern && (
                  <Table.Td>
                    {one.state !== 'revoked' && (
                      <Button size="compact-sm" variant="default" onClick={() => setRevoking(one)} aria-label={words.revokeOf(one.party, one.id.slice(0, 12))}>
                        {words.revoke}
                      </Button>
                    )}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </ScrolledTable>
        )}
      </div>
      <LedgerProof />
      <ReasonDialog
        key={revoking?.id ?? 'none'}
        opened={revoking !== null}
        title={words.revoke}
        text={words.revokeText(revoking?.party ?? '')}
        confirm={words.revoke}
        danger
        busy={revoke.isPending}
        onConfirm={(reason) => revoke.mutate(reason)}
        close={() => setRevoking(null)}
      />
    </Stack>
  );
}
