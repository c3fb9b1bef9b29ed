import { NavLink } from '@mantine/core';
import { IconAddressBook, IconCalendarEvent, IconChecklist, IconTable } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { PageFrame } from '../../../../web/page/page-frame.tsx';
import { useCollections } from '../records/collections.ts';
import { RecordList } from '../records/record-list.tsx';
import { TidegateError } from '../../../../exchange/errors.ts';
import { go, useAddress } from './address.ts';
import { ErrorView } from './error-view.tsx';
import { AccountMenu } from '../session/account-menu.tsx';
import { useEmployee } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';

const ICONS: Readonly<Record<string, typeof IconTable>> = { contacts: IconAddressBook, appointments: IconCalendarEvent, tasks: IconChecklist };

/** The frame around every view: the tenant's collections, and who is signed in. */
export function Shell(): ReactNode {
  const { tenant } = useEmployee();
  const { collection } = useAddress();
  const read = useCollections();
  const collections = read.data ?? [];
  const place = collections.find(({ name }) => name === collection);

  return (
    <PageFrame
      name={`${texts.appName} · ${tenant}`}
      place={{ key: collection, title: place === undefined ? undefined : collectionText(place.name) }}
      words={texts.navigation}
      end={<AccountMenu />}
      places={collections.map(({ name }) => {
        const Icon = ICONS[name] ?? IconTable;
        return (
          <NavLink
            key={name}
            href={`/${name}`}
            label={collectionText(name)}
            leftSection={<Icon size={20} stroke={1.6} aria-hidden />}
            active={name === place?.name}
            variant="filled"
            onClick={(event) => {
              event.preventDefault();
              go(name, {}, 'push');
            }}
          />
        );
      })}
    >
      {read.isError && <ErrorView error={read.error} retry={() => void read.refetch()} />}
      {read.data !== undefined && place === undefined && <ErrorView error={new TidegateError('collection-unknown')} retry={() => void read.refetch()} />}
      {place !== undefined && <RecordList key={place.name} collection={place} />}
    </PageFrame>
  );
}
