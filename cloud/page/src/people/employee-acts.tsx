import { Stack, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { DataTable } from 'mantine-datatable';
import { type ReactNode, useState } from 'react';
import { ACCOUNTS_KEY } from '../../../../web/page/people/use-accounts.ts';
import { queryString, request } from '../../../../web/page/request.ts';
import type { KeptAct } from '../../../employees/acts.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatLanguage, texts } from '../texts/texts.ts';

type Act = Omit<KeptAct, 'at'> & { readonly at: string };

const words = texts.acts;
const SIZE = 10;
const moment = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeStyle: 'short' });

/** What was done with the tenant's employees, the latest first. */
export function EmployeeActs(): ReactNode {
  const [page, setPage] = useState(1);
  const acts = useQuery({
    queryKey: [...ACCOUNTS_KEY, 'acts', page],
    queryFn: () => request<{ rows: readonly Act[]; total: number }>('GET', `employees/acts${queryString({ page, size: SIZE })}`),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {words.title}
      </Title>
      {acts.isError ? (
        <ErrorView error={acts.error} retry={() => void acts.refetch()} />
      ) : (
        <DataTable<Act>
          withTableBorder
          borderRadius="md"
          minHeight={120}
          records={[...(acts.data?.rows ?? [])]}
          fetching={acts.isPending}
          noRecordsText={words.none}
          scrollAreaProps={{ type: 'auto', viewportProps: { tabIndex: 0, role: 'region', 'aria-label': words.title } }}
          columns={[
            { accessor: 'at', title: words.when, cellsClassName: 'nowrap', render: ({ at }) => moment.format(new Date(at)) },
            { accessor: 'act', title: words.what, cellsClassName: 'nowrap', render: actText },
            { accessor: 'employee', title: words.whom },
            { accessor: 'by', title: words.by, render: ({ by }) => words.actors[by] ?? by },
          ]}
          totalRecords={acts.data?.total ?? 0}
          page={page}
          onPageChange={setPage}
          recordsPerPage={SIZE}
          paginationText={({ from, to, totalRecords }) => texts.list.range(from, to, totalRecords, totalRecords)}
          getPaginationControlProps={(control) => ({ 'aria-label': control === 'previous' ? texts.list.previousPage : texts.list.nextPage })}
          getPaginationItemProps={(number: number) => ({ 'aria-label': texts.list.page(number) })}
        />
      )}
    </Stack>
  );
}

/** What was done, with the roles where it is about those. */
function actText({ act, role, fromRole }: Act): string {
  const roles = [fromRole, role].flatMap((each) => (each === null ? [] : [texts.session.roles[each]]));
  return roles.length === 0 ? words.acts[act] : `${words.acts[act]}: ${roles.join(' → ')}`;
}
