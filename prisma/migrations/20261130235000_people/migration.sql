-- Approvals count people, not tokens: a token says whose it is, where that is somebody who calls under other names too.
ALTER TABLE "api_tokens" ADD COLUMN "person" TEXT;
CREATE INDEX "api_tokens_of_people" ON "api_tokens" ("name") WHERE "person" IS NOT NULL;

-- Who a caller is; without a word of it, nobody but this caller.
CREATE FUNCTION person_of(caller text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT t.person FROM api_tokens t WHERE t.name = caller AND t.person IS NOT NULL
    ORDER BY t.id DESC LIMIT 1), caller)
$$;

-- Whether one of these callers is the same person as another.
CREATE FUNCTION is_one_of(caller text, callers text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM unnest(callers) c WHERE person_of(c) = person_of(caller))
$$;

CREATE OR REPLACE FUNCTION is_approved(plan "plans") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT plan.approvals_required = 0 OR plan.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM approvals a
    WHERE a.plan_id = plan.id AND a.voided_at IS NULL AND a.expires_at > now())
$$;

CREATE OR REPLACE FUNCTION is_drill_approved(drill "drills") RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT drill.approvals_required = 0 OR drill.broken_glass_at IS NOT NULL OR drill.approvals_required <= (
    SELECT count(DISTINCT person_of(a.approver)) FROM drill_approvals a
    WHERE a.drill_id = drill.id AND a.step_position IS NULL AND a.decision = 'approve'
      AND a.spec_sha256 = drill.spec_sha256 AND a.scope_sha256 = drill.scope_sha256
      AND NOT is_one_of(a.approver, ARRAY[drill.created_by])
      AND (cardinality(drill.approvers) = 0 OR a.approver = ANY(drill.approvers)))
$$;

CREATE OR REPLACE FUNCTION api_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE token api_tokens := coalesce(NEW, OLD);
BEGIN
  PERFORM append_audit('token', token.id::text, CASE WHEN TG_OP = 'INSERT' THEN 'token.create'
      WHEN TG_OP = 'DELETE' THEN 'token.delete'
      WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'token.revoke' ELSE 'token.change' END,
    jsonb_build_object('name', token.name, 'role', token.role, 'accounts', token.accounts, 'regions', token.regions,
      'expires_at', token.expires_at)
      || CASE WHEN token.person IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('person', token.person) END);
  RETURN NULL;
END $$;

-- Who has ever written what a schedule says: none of them approves its plans.
ALTER TABLE "schedules" ADD COLUMN "authors" TEXT[] NOT NULL DEFAULT '{}';
