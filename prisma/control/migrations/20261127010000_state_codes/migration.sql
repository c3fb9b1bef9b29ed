-- Why a link or a channel is stopped, as a code of the error catalogue: pages say it in their user's language.
ALTER TABLE "tidegate"."link" ADD COLUMN     "state_code" TEXT;
ALTER TABLE "tidegate"."channel" ADD COLUMN     "state_code" TEXT;
