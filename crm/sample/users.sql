-- $1: hash of the password that they share; null: none are made.
insert into crm.users (id, email, name, password_hash, role)
select pg_temp.sample_id('user', number), email, name, $1::text, role
from (values
  (1, 'mira@crm.example', 'Mira Sandoval', 'user'),
  (2, 'tom@crm.example', 'Tom Okafor', 'user'),
  (3, 'ines@crm.example', 'Inês Duarte', 'integration-admin'),
  (4, 'audit@crm.example', 'Ruth Keller', 'auditor')
) as people (number, email, name, role)
where $1::text is not null
on conflict (email) do nothing
