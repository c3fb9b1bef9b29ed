import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactNode } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { type Role, roleSchema } from '../../../users/roles.ts';
import { texts } from '../texts/texts.ts';
import { peopleTexts } from './people-texts.ts';

/** Words for roles. */
export const ROLE_CHOICES = roleSchema.options.map((role) => ({ value: role, label: texts.signIn.roles[role] }));

/** Asks who is to be added. */
export function AddUser({
  opened,
  close,
  busy,
  add,
}: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly busy: boolean;
  readonly add: (user: { readonly email: string; readonly name: string; readonly role: Role }) => void;
}): ReactNode {
  const form = useForm<{ email: string; name: string; role: Role }>({
    initialValues: { email: '', name: '', role: 'user' },
    validate: {
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : peopleTexts.emailFault),
      name: (name) => (name.trim() === '' ? peopleTexts.needed : null),
    },
  });
  return (
    <Dialog opened={opened} close={close} title={peopleTexts.add}>
      <form noValidate onSubmit={form.onSubmit(add)}>
        <Stack>
          <TextInput label={peopleTexts.name} withAsterisk autoComplete="off" {...form.getInputProps('name')} />
          <TextInput label={peopleTexts.email} type="email" withAsterisk autoComplete="off" {...form.getInputProps('email')} />
          <Select label={peopleTexts.role} data={ROLE_CHOICES} allowDeselect={false} {...form.getInputProps('role')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {texts.common.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {peopleTexts.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
