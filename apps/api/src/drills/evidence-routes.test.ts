import { createHash, generateKeyPairSync } from 'node:crypto';
import { drillTimesViewSchema } from '@keyferry/core';
import { BrokenPack, readPublicKeys, verifyPack } from '@keyferry/evidence';
import { insertDrill } from '@keyferry/store';
import canonicalize from 'canonicalize';
import { unzipSync } from 'fflate';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runbookSchema } from '../../../../packages/core/src/drill/runbook.ts';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { readSigningKey } from '../audit/signing-key.ts';

const pair = generateKeyPairSync('ed25519');
const signingKey = readSigningKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

let api: TestApi;
let sql: pg.Client;
/** Closed, with one key × Region that was throttled and then proven, one that is still missing, and a promotion. */
let closed: string;
let open: string;

const begin = Date.parse('2026-11-24T09:00:00.000Z');
const at = (seconds: number): Date => new Date(begin + seconds * 1_000);
const [plan, promotion, baseline, proof] = ['a', 'b', 'c', 'd'].map((x) => `0199aaaa-bbbb-7ccc-8ddd-00000000000${x}`);
const canaries = ['CANARY-TOKEN', 'role/CANARY-PRINCIPAL', 'CANARY-POLICY', 'user/CANARY-ADMIN'];
const material = (own: string, primary: string) =>
  JSON.stringify({ how: 'refreshed', current: own, primary_current: primary, ids: [own], primary_ids: [primary] });

const runbook = runbookSchema.parse({
  name: 'Quarterly proof',
  scenario: 'us-east-1 is to be evacuated.',
  keys: ['mrk-1'],
  regions: ['eu-west-1', 'eu-central-1'],
  targets: { rto: '10m', rpo: 0 },
  approvals: 2,
  replica: {
    aws_param: {
      Policy: { Statement: [{ Sid: canaries[2], Principal: { AWS: `arn:aws:iam::111122223333:${canaries[1]}` } }] },
    },
  },
  steps: [{ step: 'replicate' }, { step: 'verify' }, { step: 'promote', to: 'eu-west-1' }],
});

beforeAll(async () => {
  api = await startForTest({ signingKey });
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  open = (await insertDrill(api.store, { spec: runbook, createdBy: 'anna' })).id;
  closed = (await insertDrill(api.store, { spec: runbook, createdBy: 'anna' })).id;
  await sql.query("SET session_replication_role = 'replica'");
  await fillIn(closed);
}, 120_000);
afterAll(async () => {
  await sql?.end();
  await api?.stop();
});

/** The audit log of a drill, past its triggers: as each of these entries would have been written at its time. */
async function audited(
  drill: string,
  entries: readonly (readonly [second: number, caller: string, role: string | null, action: string, detail: object])[],
): Promise<void> {
  await sql.query('DELETE FROM audit_entries WHERE object_id = $1', [drill]);
  await sql.query(`CREATE OR REPLACE FUNCTION pg_temp.note(at timestamptz, who text, who_as text, what text, id text, told jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE entry audit_entries;
    BEGIN
      SELECT h.seq + 1, h.hash INTO entry.seq, entry.prev_hash FROM audit_head h;
      entry.at := at; entry.caller := who; entry.role := who_as; entry.action := what; entry.object_type := 'drill';
      entry.object_id := id; entry.outcome := 'done'; entry.detail := told; entry.hash := audit_hash(entry);
      UPDATE audit_head SET seq = entry.seq, hash = entry.hash;
      PERFORM provide_audit_month(date_trunc('month', at AT TIME ZONE 'UTC'));
      INSERT INTO audit_entries VALUES (entry.*);
    END $$`);
  for (const [second, caller, role, action, detail] of entries) {
    await sql.query('SELECT pg_temp.note($1, $2, $3, $4, $5, $6)', [at(second), caller, role, action, drill, detail]);
  }
}

/** What workers and people would have written, past the triggers that watch their order. */
async function fillIn(drill: string): Promise<void> {
  await sql.query(
    `UPDATE drills SET state = 'completed_with_findings', declared_at = $2, approved_at = $3, started_at = $3, finished_at = $4,
       baseline_check_id = $5, keys = 1, scope_sha256 = repeat('a', 64) WHERE id = $1`,
    [drill, at(0), at(60), at(900), baseline],
  );
  await sql.query('DELETE FROM drill_log WHERE drill_id = $1', [drill]);
  const log = [
    [0, 'drill', 'It waits for approval.', { state: 'awaiting_approval' }],
    [60, 'drill', 'It runs.', { state: 'running' }],
    [100, 'drill', 'Paused by bert.', { state: 'paused' }],
    [110, 'drill', 'It runs.', { state: 'running' }],
    [200, 'http', `GET https://checks.example.com answered 500: Bearer ${canaries[0]}`, {}],
  ] as const;
  for (const [i, [second, kind, message, detail]] of log.entries()) {
    await sql.query(
      'INSERT INTO drill_log (drill_id, seq, at, kind, message, detail) VALUES ($1, $2, $3, $4, $5, $6)',
      [drill, i + 1, at(second), kind, message, detail],
    );
  }
  for (const [position, planId, checkId] of [
    [0, plan, null],
    [1, null, proof],
    [2, promotion, null],
  ]) {
    await sql.query(
      `UPDATE drill_steps SET state = 'succeeded', started_at = $3, finished_at = $4, plan_id = $5, check_id = $6
       WHERE drill_id = $1 AND position = $2`,
      [drill, position, at(60), at(300), planId, checkId],
    );
  }
  for (const [i, approver] of ['bert', 'carla'].entries()) {
    await sql.query(
      `INSERT INTO drill_approvals (id, drill_id, approver, role, decision, spec_sha256, scope_sha256, at)
       SELECT gen_random_uuid(), id, $2, 'approver', 'approve', spec_sha256, scope_sha256, $3 FROM drills WHERE id = $1`,
      [drill, approver, at(30 + i)],
    );
  }
  await sql.query(
    `INSERT INTO drill_findings (drill_id, seq, severity, code, message, owner, due, ticket)
     VALUES ($1, 1, 'warning', 'gaps', '=HYPERLINK("x")', 'platform', '2026-12-15', 'OPS-1'),
       ($1, 2, 'warning', 'rto_unproven', 'Unknown when one key-Region pair was promoted.', NULL, NULL, NULL)`,
    [drill],
  );
  const { rows } = await sql.query('SELECT spec_sha256, scope_sha256 FROM drills WHERE id = $1', [drill]);
  const decided = (approver: string, state: string) => ({
    ...{ approval_id: approver, approver, decision: 'approve', state, ...rows[0] },
  });
  await audited(drill, [
    [0, 'anna', 'operator', 'drill.run', { name: runbook.name, mode: 'live', spec_sha256: rows[0].spec_sha256 }],
    [30, 'bert', 'approver', 'drill.approve', decided('bert', 'awaiting_approval')],
    [31, 'carla', 'approver', 'drill.approve', decided('carla', 'awaiting_approval')],
    [60, 'system', null, 'drill.running', { from: 'awaiting_approval', state: 'running' }],
    [900, 'system', null, 'drill.completed_with_findings', { from: 'running', state: 'completed_with_findings' }],
  ]);
  for (const [id, proves, second] of [
    [baseline, false, 5],
    [proof, true, 300],
  ] as const) {
    await sql.query(
      `INSERT INTO coverage_checks (id, drill_id, spec, spec_sha256, cause, proof, state, requested_by, finished_at, regions, keys, counts, by_region)
       VALUES ($1, $2, '{}', '', 'drill', $3, 'done', 'anna', $4, '{eu-west-1,eu-central-1}', 1, '{"total": 2, "covered": 1, "missing": 1}', '[]')`,
      [id, drill, proves, at(second)],
    );
    await sql.query(
      `INSERT INTO coverage_keys (check_id, position, key_id, mrk, key_arn, alias, account, primary_region, origin)
       VALUES ($1, 0, 'k1', 'mrk-1', 'arn:aws:kms:us-east-1:111122223333:key/mrk-1', 'alias/one', '111122223333', 'us-east-1', 'AWS_KMS')`,
      [id],
    );
    await sql.query(
      `INSERT INTO coverage_cells (check_id, position, region, state, code, message, member_id, material) VALUES
       ($1, 0, 'eu-west-1', $2::coverage_state, 'covered', 'Usable.', 'k1-west', $3), ($1, 0, 'eu-central-1', 'missing', 'missing', 'Not there.', NULL, NULL)`,
      [id, proves ? 'covered' : 'missing', proves ? material('m1', 'm1') : null],
    );
  }
  await planOf(drill, plan, 'replicate', 'eu-west-1', 'succeeded', 120);
  await planOf(drill, promotion, 'promote', 'eu-west-1', 'succeeded', 500);
  const replica = `(SELECT id FROM replicas WHERE plan_id = '${plan}')`;
  const throttled = JSON.stringify({
    code: 'throttled',
    message: `arn:aws:iam::111122223333:${canaries[3]} is throttled`,
  });
  await sql.query(
    `INSERT INTO attempts (replica_id, epoch, operation, started_at, finished_at, http_status, error) VALUES
     (${replica}, 1, 'replicate', $1, $1, 400, $3), (${replica}, 2, 'replicate', $2, $2, 201, NULL)`,
    [at(70), at(90), throttled],
  );
}

async function planOf(
  drill: string,
  id: string | undefined,
  operation: string,
  region: string,
  state: string,
  usable: number,
) {
  await sql.query(
    `INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, priority, max_in_flight, sequential, max_attempts, operation, drill_id)
     VALUES ($1, 'p', 'execute', 'succeeded', '{}', '', 'anna', 0, 50, false, 8, $2, $3)`,
    [id, operation, drill],
  );
  await sql.query(
    `WITH lane AS (INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave)
       VALUES (gen_random_uuid(), $1, '111122223333', 'us-east-1', $2, 0) RETURNING id)
     INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, account, primary_region, region, state, outcome, attempts, accepted_at, usable_at, operation)
     SELECT gen_random_uuid(), $1, id, 'k1', 'mrk-1', '111122223333', 'us-east-1', $2, $3::replica_state, 'created', 2, $4, $5, $6::plan_operation FROM lane`,
    [id, region, state, at(91), at(usable), operation],
  );
}

const get = (path: string, token = adminToken) =>
  fetch(`${api.url}/v1/drills/${path}`, { headers: { authorization: `Bearer ${token}` } });
const download = async (id: string) => Buffer.from(await (await get(`${id}/evidence`)).arrayBuffer());

describe('the times of a drill', () => {
  it('show T0 to T6, RTO and RPO by Region, and the causes of lost time', async () => {
    const times = await (await get(`${closed}/times`)).json();
    expect(drillTimesViewSchema.parse(times)).toEqual(times);
    expect(times).toMatchObject({
      declared_at: at(0).toISOString(),
      first_call_at: at(70).toISOString(),
      accepted_at: at(91).toISOString(),
      usable_at: null,
      promoted_at: at(500).toISOString(),
      proven_at: null,
      finished_at: at(900).toISOString(),
      rto: {
        target_ms: 600_000,
        // To the promotion: the check before it proves nothing of it.
        measured_to: { proof_after_promotion: 0, promotion: 1, proof: 0, usable: 0 },
        total: { cells: 2, reached: 1, within_target: 1, p50_ms: 500_000, p95_ms: null, max_ms: null, met: false },
        by_region: [
          { region: 'eu-central-1', met: false },
          { region: 'eu-west-1', max_ms: 500_000, met: true },
        ],
      },
      rpo: { total: { cells: 2, compared: 1, equal: 1, by_material: 1, by_key_id: 0, met: false } },
      worst: { approval_ms: 60_000, paused_ms: 10_000, throttled_ms: 20_000, retries_ms: 0 },
      by_state: { covered: 1, missing: 1 },
    });
  });
});

describe('the evidence of a drill', () => {
  it('is there once it is closed, for all but viewers', async () => {
    const answer = await get(`${open}/evidence`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('once it is closed') });
    expect((await get('0199aaaa-bbbb-7ccc-8ddd-0000000000ff/evidence')).status).toBe(404);
    await api.letIn('viewing', { name: 'vera', role: 'viewer' });
    expect((await get(`${closed}/evidence`, 'viewing')).status).toBe(403);
    expect((await get(`${closed}/report`, 'viewing')).status).toBe(200);
  });

  it('is a pack that verifies offline with the public key, and not with another', async () => {
    const pack = await download(closed);
    const keys = readPublicKeys([signingKey.view.public_key]);
    expect(verifyPack(pack, { keys })).toMatchObject({
      items: 2,
      audit_entries: 5,
      key_id: signingKey.view.key_id,
      key_given: true,
      runbook_exact: false,
      drill: { id: closed, submitted_by: 'anna', targets: { rto_ms: 600_000, rpo_ms: 0 } },
    });
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(() => verifyPack(pack, { keys: readPublicKeys([other]) })).toThrow(BrokenPack);
  });

  it('is the same each time, but for when it was asked for', async () => {
    const [one, two] = [unzipSync(await download(closed)), unzipSync(await download(closed))];
    const changed = Object.keys(one).filter(
      (name) => Buffer.compare(one[name] ?? Buffer.of(), two[name] ?? Buffer.of()) !== 0,
    );
    expect(changed).toEqual(['manifest.json', 'manifest.sig.json']);
  });

  it('has a row for each key-Region pair and move, and runs no formula', async () => {
    const files = unzipSync(await download(closed));
    const text = (name: string) => Buffer.from(files[name] ?? Buffer.of()).toString();
    const [missing, west] = JSON.parse(text('items.json'));
    expect(west).toMatchObject({
      region: 'eu-west-1',
      replica_arn: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1',
      before: 'missing',
      state: 'covered',
      attempts: 2,
      usable_at: at(120).toISOString(),
      promoted_at: at(500).toISOString(),
      proven_at: null,
      reached_by: 'promotion',
      material: { equal: true, ids: ['m1'] },
    });
    expect(missing).toMatchObject({ region: 'eu-central-1', state: 'missing', reached_ms: null });
    expect(JSON.parse(text('promotions.json'))).toMatchObject([
      { kind: 'promote', step: '3-promote', region: 'eu-west-1' },
    ]);
    expect(text('findings.csv')).toContain(`"'=HYPERLINK(""x"")"`);
    expect(text('attempts.csv').trim().split('\r\n')).toHaveLength(3);
  });

  it('holds no token, no key policy and no principal, and says what it left out of the runbook', async () => {
    const files = unzipSync(await download(closed));
    for (const [name, content] of Object.entries(files)) {
      for (const canary of canaries) expect(Buffer.from(content).includes(canary), `${canary} in ${name}`).toBe(false);
    }
    expect(JSON.parse(Buffer.from(files['evidence.json'] ?? '').toString()).runbook).toEqual({
      exact: false,
      redacted: ['replica.aws_param.Policy'],
    });
  });

  it('has the runbook to the byte if that names no principal', async () => {
    const spec = runbookSchema.parse({ ...runbook, approvals: 0, replica: {}, steps: [{ step: 'preflight' }] });
    const { id } = await insertDrill(api.store, { spec, createdBy: 'anna' });
    await sql.query("UPDATE drills SET state = 'failed', declared_at = $2, finished_at = $2 WHERE id = $1", [
      id,
      at(0),
    ]);
    await audited(id, [
      [0, 'anna', 'operator', 'drill.run', { name: spec.name, mode: 'live' }],
      [0, 'system', null, 'drill.failed', { from: 'resolving', state: 'failed' }],
    ]);
    const pack = await download(id);
    expect(verifyPack(pack)).toMatchObject({ runbook_exact: true, items: 0 });
    const sha = createHash('sha256')
      .update(unzipSync(pack)['runbook.json'] ?? '')
      .digest('hex');
    expect(sha).toBe(
      createHash('sha256')
        .update(canonicalize(spec) ?? '')
        .digest('hex'),
    );
  });

  it('is not signed while the audit log is not the one that was signed', async () => {
    await download(closed);
    await sql.query(`SET session_replication_role = replica; DELETE FROM audit_checkpoints`);
    await sql.query('SET session_replication_role = origin');
    const { status, json } = await api.ask(adminToken, 'GET', `/v1/drills/${closed}/evidence`);
    expect({ status, detail: json.detail }).toEqual({
      status: 409,
      detail: expect.stringMatching(
        /^Evidence cannot be signed while signing of the audit log is stopped: The signed checkpoint of entry .* is missing\.$/,
      ),
    });
  });
});
