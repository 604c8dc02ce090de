-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "token_id" UUID,
    "admin_proof" TEXT,
    "issuer" TEXT,
    "subject" TEXT,
    "caller" TEXT,
    "role" "caller_role",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "idle_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "sessions_sha256_key" ON "sessions"("sha256");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_tokens"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What follows cannot be said in schema.prisma.

-- One owner, and a whole one.
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_one_owner" CHECK (
  num_nonnulls("token_id", "admin_proof", "issuer") = 1
  AND num_nonnulls("issuer", "subject", "caller", "role") IN (0, 4));

-- Sessions in the audit log: logins and logouts. One that had ended by itself is taken away without a word.
CREATE FUNCTION session_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE session sessions := coalesce(NEW, OLD);
BEGIN
  IF TG_OP = 'DELETE' AND least(OLD.expires_at, OLD.idle_until) <= now() THEN RETURN NULL; END IF;
  PERFORM append_audit('session', session.id::text, CASE TG_OP WHEN 'INSERT' THEN 'session.create'
      WHEN 'DELETE' THEN 'session.delete' ELSE 'session.change' END,
    jsonb_build_object('by', CASE WHEN session.token_id IS NOT NULL THEN 'token'
        WHEN session.admin_proof IS NOT NULL THEN 'admin_token' ELSE 'oidc' END,
      'token_id', session.token_id, 'issuer', session.issuer, 'subject', session.subject, 'caller', session.caller,
      'role', session.role, 'expires_at', session.expires_at));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER sessions_made AFTER INSERT OR DELETE ON "sessions"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION session_changed();
CREATE CONSTRAINT TRIGGER sessions_changed AFTER UPDATE ON "sessions" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.sha256, OLD.token_id, OLD.admin_proof, OLD.issuer, OLD.subject, OLD.caller, OLD.role, OLD.expires_at)
    IS DISTINCT FROM
    (NEW.sha256, NEW.token_id, NEW.admin_proof, NEW.issuer, NEW.subject, NEW.caller, NEW.role, NEW.expires_at))
  EXECUTE FUNCTION session_changed();
