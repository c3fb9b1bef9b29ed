import { Alert, Button, List, Stack, Text, Title } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatNumber } from '../app/format.ts';
import { ledgerFaultText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import type { Verification } from './answers.ts';

const words = texts.console.ledger;

/** Proves the whole ledger when somebody asks for it: every entry is computed anew, which takes its time. */
export function LedgerProof(): ReactNode {
  const verify = useMutation({ mutationFn: () => request<Verification>('GET', 'ledger/verification') });
  const found = verify.data;
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {words.title}
      </Title>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{words.text}</Text>
        <Button variant="default" leftSection={<IconShieldCheck size={18} aria-hidden />} loading={verify.isPending} onClick={() => verify.mutate()}>
          {words.verify}
        </Button>
        {verify.error !== null && <ErrorView error={verify.error} />}
        {found !== undefined && found.faults.length === 0 && (
          <Alert color="teal" role="status">
            {words.good(formatNumber(found.batches), formatNumber(found.entries), formatNumber(found.heads))}
          </Alert>
        )}
        {found !== undefined && found.faults.length > 0 && (
          <Alert color="red" role="alert" title={words.bad(found.faults.length)}>
            <List size="sm">
              {found.faults.map(({ fault, sequence, subject }) => (
                <List.Item key={`${fault}${sequence}${subject}`}>
                  {ledgerFaultText(fault)} ({[sequence, subject].filter((part) => part !== null).join(', ')})
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
      </Stack>
    </section>
  );
}
