-- What Prisma's schema has no words for.

-- Series that an import split off another one (RANGE=THISANDFUTURE) name it: an import that changes the one finds the others.
CREATE INDEX "appointments_later_part_idx" ON "crm"."appointments" (("residue" #>> '{import,later,uid}')) WHERE "residue" #>> '{import,later,uid}' IS NOT NULL;
