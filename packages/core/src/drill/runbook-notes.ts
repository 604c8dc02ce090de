import { regions } from '../regions/regions.ts';

/** What an operator reads of a field of a runbook: in an editor (the JSON Schema), and in the API's own description. */
const note = (title: string, description: string, ...examples: unknown[]) => ({
  title,
  description,
  ...(examples.length > 0 ? { examples } : {}),
});

/** The Regions that Keyferry knows, so that an editor offers them. */
const known = { enum: [...regions.keys()] };

export const runbookNotes = {
  name: note('Name', 'The name of the drill in lists and in its evidence.', 'evacuate-us-east-1-2026-q4'),
  scenario: note('Scenario', 'The assumed event, in one sentence.', 'us-east-1 is evacuated in order.'),
  description: note('Description', 'For the people who run the drill: what it proves, and what they need.'),
  mode: note(
    'Mode',
    'live: runs its steps. rehearse: changes nothing; plans are previewed, and calls, waits and notices are logged and skipped.',
  ),
  keys: note('Keys by name', 'The keys of the drill, written as in a plan. Set this or `selector`.'),
  selector: note('Keys by selector', 'The keys of the drill, selected as in a plan. Set this or `keys`.', {
    tags: { tier: '1' },
  }),
  regions: note('Regions', 'The Regions in which the keys must be usable; groups are written group:<name>.', [
    'us-west-2',
  ]),
  account_regions: note('Regions by account', 'Other Regions than `regions` for the keys of these accounts.', {
    '111122223333': ['eu-central-1'],
  }),
  region_groups: note(
    'Region groups',
    'The Regions of the groups in `regions` when the drill was submitted. Set by Keyferry; do not write it.',
  ),
  lost_regions: note(
    'Lost Regions',
    'Regions that the scenario assumes to be lost: nothing is replicated from them or promoted in them.',
    ['us-east-1'],
  ),
  region: { ...note('Region', 'An AWS Region.', 'us-west-2'), ...known },
  targets: note('Targets', 'The targets that the drill is measured against.'),
  rto: note('RTO', 'Maximum time from the declaration until every key is usable.', '30m', '4h'),
  rpo: note('RPO', 'Maximum age of the key material in the target Regions; 0: the same as the primary.', 0, '1d'),
  change_ticket: note('Change ticket', 'Stored for the record; Keyferry does not check it.', 'CHG-1234'),
  approvals: note(
    'Approvals',
    'Number of people other than the submitter who must approve the drill before it starts. Default: 2 for a live drill that promotes, else 0. A live drill that promotes needs at least 2.',
    2,
  ),
  approvers: note('Approvers', 'The callers who may approve. Default: everyone with the role approver or admin.', [
    'anna',
    'oidc:bert@example.com',
  ]),
  approver: note('Approver', 'A caller name.', 'anna'),
  replica: note(
    'Replica settings',
    'Settings of replicas that the drill creates; existing replicas are compared with them.',
  ),
  same_as_primary: note(
    'Same as the primary',
    'Properties that a replica must share with its primary to count as covered. Replicas that the drill creates get them.',
    ['tags'],
  ),
  same: note('Property', 'A property of a key.'),
  steps: note('Steps', 'The steps of the drill, in order.'),
  step: note('Kind', 'What the step does.'),
  id: note('Id', 'The id of the step in commands and evidence. Default: its number and kind.', 'promote-to-west'),
  title: note('Title', 'What the step is for, shown to people.'),
  timeout: note(
    'Timeout',
    'Maximum duration of the step, without the time that the drill is paused. At the timeout the plan of the step is cancelled.',
    '30m',
  ),
  on_failure: note(
    'On failure',
    'stop: the drill fails. continue: the drill continues, and the failure is a finding. rollback: promoted keys are promoted back, and the drill fails.',
  ),
  policy: note('Coverage policy', 'The coverage policy to check instead of the keys and Regions of the drill.'),
  at_least: note('At least', 'The percentage of key-Region pairs that must be covered for the step to pass.', 100),
  stepRegions: note('Regions', 'A subset of the Regions of the drill. Default: all of them.', ['us-west-2']),
  options: note('How to run', 'Pace and tolerance of the plan of this step, as in a plan.'),
  every: note('Every', 'Time between two attempts.', '5s'),
  to: { ...note('To', 'The Region whose replicas become the primaries.', 'us-west-2'), ...known },
  for: note('For', 'How long to wait, without the time that the drill is paused.', '10m'),
  stepApprovals: note('Approvals', 'Number of people other than the submitter who must approve.', 1),
  message: note('Message', 'The message to the approvers or receivers.'),
  url: note(
    'Address',
    'The URL of your own check: https, on a host of KEYFERRY_WEBHOOK_HOSTS. It is stored and shown, so it must not contain a login or a parameter that looks like a secret.',
    'https://checks.example.com/decrypt',
  ),
  method: note('Method', 'The HTTP method. If the worker is lost, the call is retried with the same Idempotency-Key.'),
  headers: note(
    'Headers',
    'Headers of the call: accept, content-type, user-agent, x-request-id and a few more that are never secret. Put a token into KEYFERRY_CHECK_TOKENS.',
    {
      accept: 'application/json',
    },
  ),
  header: note('Value', 'The value of this header.'),
  body: note('Body', 'Sent unchanged, with POST and PUT.'),
  bearer: note(
    'Token',
    'The name of a token in KEYFERRY_CHECK_TOKENS, sent as bearer token. It is only sent to the hosts that are set for it there.',
    'payments-check',
  ),
  expect: note('Expected', 'The response that the step needs to pass.'),
  status: note('Status', 'The accepted status codes.', [200, 204]),
  statusCode: note('Status code', 'An HTTP status code.', 200),
  body_contains: note('Body contains', 'This text must be within the first KiB of the response.', '"decrypted": true'),
} as const;
