-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "accounts" TEXT[],
ADD COLUMN     "regions" TEXT[];

-- AlterTable
ALTER TABLE "schedules" ADD COLUMN     "accounts" TEXT[],
ADD COLUMN     "regions" TEXT[];

-- AlterTable
ALTER TABLE "api_tokens" ADD COLUMN     "accounts" TEXT[],
ADD COLUMN     "regions" TEXT[];

-- What follows cannot be said in schema.prisma: what a scope is, and that it stays. Null is everything. An empty list would
-- be nothing, and lie within every other: there is none.

ALTER TABLE "plans" ADD CONSTRAINT "plans_scope" CHECK (cardinality("accounts") > 0 AND cardinality("regions") > 0);
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_scope"
  CHECK (cardinality("accounts") > 0 AND cardinality("regions") > 0);
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_scope"
  CHECK (cardinality("accounts") > 0 AND cardinality("regions") > 0);
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_scoped_roles"
  CHECK ("role" IN ('viewer', 'operator', 'approver') OR ("accounts" IS NULL AND "regions" IS NULL));

CREATE FUNCTION refuse_other_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the scope of % % is never changed', TG_TABLE_NAME, OLD.id;
END $$;

CREATE TRIGGER plans_keep_scope BEFORE UPDATE OF "accounts", "regions" ON "plans" FOR EACH ROW
  WHEN ((OLD.accounts, OLD.regions) IS DISTINCT FROM (NEW.accounts, NEW.regions)) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER schedules_keep_scope BEFORE UPDATE OF "accounts", "regions" ON "schedules" FOR EACH ROW
  WHEN ((OLD.accounts, OLD.regions) IS DISTINCT FROM (NEW.accounts, NEW.regions)) EXECUTE FUNCTION refuse_other_scope();
CREATE TRIGGER api_tokens_keep_scope BEFORE UPDATE OF "accounts", "regions" ON "api_tokens" FOR EACH ROW
  WHEN ((OLD.accounts, OLD.regions) IS DISTINCT FROM (NEW.accounts, NEW.regions)) EXECUTE FUNCTION refuse_other_scope();

-- As before, and what the token is bound to.
CREATE OR REPLACE FUNCTION api_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE token api_tokens := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('token', token.id::text, CASE WHEN TG_OP = 'INSERT' THEN 'token.create'
      WHEN TG_OP = 'DELETE' THEN 'token.delete'
      WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'token.revoke' ELSE 'token.change' END,
    jsonb_build_object('name', token.name, 'role', token.role, 'accounts', token.accounts, 'regions', token.regions,
      'expires_at', token.expires_at));
  RETURN NULL;
END $$;
