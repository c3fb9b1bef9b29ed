-- Who may do what in the sample CRM. Collections of a link are granted when they are attached, column by column and
-- together with the guard: before that the reverse injector has no right here at all.

grant usage on schema crm to crm_page, crm_user, crm_admin, crm_auditor;
grant select, insert, update, delete on crm.users, crm.sessions, crm.deselected_collections to crm_page;

-- The page itself counts records and tells their state. What a user reads and writes, it does in the role of the user.
revoke insert, update, delete on crm.accounts, crm.contacts, crm.appointments, crm.tasks from crm_page;
grant select on crm.accounts, crm.contacts, crm.appointments, crm.tasks to crm_page;

-- Without rules of access (docs/access.md), users see and change all records, auditors see them. A rule takes the place of this
-- for its role and its table, and gives it back when it is taken out.
do $$
declare
  given record;
begin
  for given in
    select tables.name as table_name, roles.name as role_name, roles.rights
      from unnest(array['accounts', 'contacts', 'appointments', 'tasks']) as tables (name)
     cross join (values
       ('crm_user', 'select, insert, update, delete'), ('crm_admin', 'select, insert, update, delete'), ('crm_auditor', 'select')) as roles (name, rights)
     where not exists (
       select from pg_policy
        where polrelid = format('crm.%I', tables.name)::regclass and starts_with(polname, 'tidegate_access_rule')
          and roles.name::regrole::oid = any (polroles))
  loop
    execute format('grant %s on crm.%I to %I', given.rights, given.table_name, given.role_name);
  end loop;
end
$$;

-- The row rule of private records, for the role that it is about alone, which is there now: to others its condition, evaluated
-- before any other, would close the indexes of the page's search (no operator of it is leakproof).
alter policy private_stays on crm.contacts to tidegate_reverse using (not private);
alter policy private_stays on crm.appointments to tidegate_reverse using (not private);
alter policy private_stays on crm.tasks to tidegate_reverse using (not private);
