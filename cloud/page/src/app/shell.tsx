import { Button, Divider, Loader, NavLink, Stack, Text, Title } from '@mantine/core';
import { IconAddressBook, IconCalendarEvent, IconChecklist, IconTable, IconUsers } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { PageFrame } from '../../../../web/page/page-frame.tsx';
import { useCollections } from '../records/collections.ts';
import { RecordList } from '../records/record-list.tsx';
import { isCalendar } from '../calendar/calendar-fields.ts';
import { TidegateError } from '../../../../exchange/errors.ts';
import { EMPLOYEES_PLACE, go, useAddress } from './address.ts';
import { ErrorView } from './error-view.tsx';
import { errorText } from './say-error.ts';
import { AccountMenu } from '../session/account-menu.tsx';
import { useEmployee, useEmployeeMay } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';

const ICONS: Readonly<Record<string, typeof IconTable>> = { contacts: IconAddressBook, appointments: IconCalendarEvent, tasks: IconChecklist };

/* Not everybody needs them: loaded when they are. */
const Employees = lazy(async () => ({ default: (await import('../people/employees.tsx')).Employees }));
const RecordCalendar = lazy(async () => ({ default: (await import('../calendar/record-calendar.tsx')).RecordCalendar }));

/** The frame around every view: the tenant's collections, its employees for administrators, and who is signed in. */
export function Shell(): ReactNode {
  const { tenant } = useEmployee();
  const { collection, view } = useAddress();
  const mayAdminister = useEmployeeMay('administer');
  const isEmployees = collection === EMPLOYEES_PLACE;
  const read = useCollections();
  const collections = read.data ?? [];
  const place = collections.find(({ name }) => name === collection);
  const title = isEmployees ? texts.employees.title : place === undefined ? undefined : collectionText(place.name);
  const isMonth = place !== undefined && view === 'calendar' && isCalendar(place);

  return (
    <PageFrame
      name={`${texts.appName} · ${tenant}`}
      place={{ key: collection, title }}
      words={texts.navigation}
      end={<AccountMenu />}
      places={
        <>
          {collections.map(({ name }) => (
            <Place key={name} to={name} label={collectionText(name)} Icon={ICONS[name] ?? IconTable} active={name === place?.name} />
          ))}
          {mayAdminister && (
            <>
              <Divider my="xs" />
              <Place to={EMPLOYEES_PLACE} label={texts.employees.title} Icon={IconUsers} active={isEmployees} />
            </>
          )}
        </>
      }
    >
      {read.isError && <ErrorView error={read.error} retry={() => void read.refetch()} />}
      {isEmployees && !mayAdminister && <Nowhere error="not-allowed" />}
      {read.data !== undefined && place === undefined && !isEmployees && <Nowhere error="collection-unknown" />}
      <Suspense fallback={<Loader aria-label={texts.common.loading} />}>
        {isEmployees && mayAdminister && <Employees />}
        {isMonth && <RecordCalendar key={place.name} collection={place} />}
      </Suspense>
      {place !== undefined && !isMonth && <RecordList key={place.name} collection={place} />}
    </PageFrame>
  );
}

/** An address that shows nothing to who is signed in. */
function Nowhere({ error }: { readonly error: 'not-allowed' | 'collection-unknown' }): ReactNode {
  return (
    <Stack align="start">
      <Title order={1} size="h2">
        {texts.errors.nowhere}
      </Title>
      <Text>{errorText(new TidegateError(error))}</Text>
      <Button variant="default" onClick={() => go('contacts', {}, 'push')}>
        {texts.errors.home}
      </Button>
    </Stack>
  );
}

/** A place of the page in its navigation. */
function Place({
  to,
  label,
  Icon,
  active,
}: {
  readonly to: string;
  readonly label: string;
  readonly Icon: typeof IconTable;
  readonly active: boolean;
}): ReactNode {
  return (
    <NavLink
      href={`/${to}`}
      label={label}
      leftSection={<Icon size={20} stroke={1.6} aria-hidden />}
      active={active}
      variant="filled"
      onClick={(event) => {
        event.preventDefault();
        go(to, {}, 'push');
      }}
    />
  );
}
