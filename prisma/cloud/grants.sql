-- Who may do what in the sample cloud. Rows are ruled by the tenant policies of the migration.

grant usage on schema cloud to tidegate_producer, tidegate_registrar, cloud_user;
grant select, insert, update, delete on cloud.people, cloud.events, cloud.todos to tidegate_producer;

-- The page signs employees in: it finds an employee before it knows the tenant, and sees no record.
grant usage on schema cloud to cloud_page;
grant select, insert on cloud.employees to cloud_page;
grant update (name, role, disabled_at) on cloud.employees to cloud_page;
grant select, insert, update, delete on cloud.credentials, cloud.sessions to cloud_page;
-- What was done stands for good, and each tenant's is its own: no policy beside the row rule.
grant select, insert on cloud.employee_acts to cloud_page;
drop policy if exists "sign in" on cloud.employees;
drop policy if exists "sign in" on cloud.credentials;
drop policy if exists "sign in" on cloud.sessions;
create policy "sign in" on cloud.employees to cloud_page using (true);
create policy "sign in" on cloud.credentials to cloud_page using (true);
create policy "sign in" on cloud.sessions to cloud_page using (true);

-- Employees work in the applications; what they may change of a record is granted by the registrar.
grant select on cloud.employees, cloud.people, cloud.events, cloud.todos to cloud_user;
grant insert, delete on cloud.people, cloud.events, cloud.todos to cloud_user;

-- The registrar captures the applications' tables and passes rights on. No policy shows it a row.
grant select, insert, update, delete, trigger on cloud.people, cloud.events, cloud.todos to tidegate_registrar with grant option;

-- The field rule until a registration says otherwise: columns that belong to the CRM are closed. A registration replaces
-- this list by that of its definition, so it is written only where there is none.
set local role tidegate_registrar;
do $$
declare
  rule record;
begin
  for rule in
    select * from (values
      ('people', 'first_name, last_name, title, emails, phones, addresses, birthday, notes'),
      ('events', 'series_id, recurrence_id, title, body, place, all_day, first_day, end_day, starts_at, ends_at, time_zone, rrule, exdates, status'),
      ('todos', 'title, body, due_day, due_time, time_zone, status, priority, completed_at, person_id')
    ) as rules (table_name, columns)
  loop
    if not exists (
      select from pg_attribute, aclexplode(attacl) as granted
      where attrelid = format('cloud.%I', rule.table_name)::regclass
        and granted.grantor = 'tidegate_registrar'::regrole and granted.grantee = 'cloud_user'::regrole
    ) then
      execute format('grant update (%s) on cloud.%I to cloud_user', rule.columns, rule.table_name);
    end if;
  end loop;
end
$$;
reset role;
