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
  name: note('Name', 'What people call the drill in lists and in its evidence.', 'evacuate-us-east-1-2026-q4'),
  scenario: note('Scenario', 'What is assumed to have happened, in a sentence.', 'us-east-1 is to be left in order.'),
  description: note('Description', 'For whoever runs it: what it proves, and what to have ready.'),
  mode: note(
    'Mode',
    'live: does what its steps say. rehearse: touches nothing; plans are previewed, and what would be called, awaited or sent is told and skipped.',
  ),
  keys: note('Keys by name', 'The keys of the drill, as a plan names them. Give this or `selector`.'),
  selector: note('Keys by what they are', 'The keys of the drill, as a plan selects them. Give this or `keys`.', {
    tags: { tier: '1' },
  }),
  regions: note('Regions', 'Where the keys are to be usable: Regions, and groups as group:<name>.', ['us-west-2']),
  account_regions: note('Regions by account', 'Accounts whose keys have other Regions than `regions`.', {
    '111122223333': ['eu-central-1'],
  }),
  region_groups: note(
    'Region groups',
    'What the groups in `regions` stood for when the drill was submitted. Keyferry writes it; leave it out.',
  ),
  lost_regions: note(
    'Lost Regions',
    'Regions that the scenario takes as lost: nothing is replicated from or promoted in them, and the drill says so.',
    ['us-east-1'],
  ),
  region: { ...note('Region', 'An AWS Region.', 'us-west-2'), ...known },
  targets: note('Targets', 'What the drill is measured against.'),
  rto: note('RTO', 'From the declaration until every key is usable, at most.', '30m', '4h'),
  rpo: note('RPO', 'How old key material may be in the target Regions; 0: it is the same.', 0, '1d'),
  change_ticket: note('Change ticket', 'Kept for the record; Keyferry does not look it up.', 'CHG-1234'),
  approvals: note(
    'Approvals',
    'How many people other than the submitter must approve it before it starts. Left out: 2 where a live drill promotes, else none. A live drill that promotes takes no fewer than 2.',
    2,
  ),
  approvers: note('Approvers', 'The callers whose approvals count; left out, everybody with the role approver.', [
    'anna',
    'oidc:bert@example.com',
  ]),
  approver: note('Approver', 'A caller, as Keyferry names them.', 'anna'),
  replica: note('Replica settings', 'For replicas that the drill makes, and what the others are compared with.'),
  same_as_primary: note(
    'Same as the primary',
    'In what a replica must be as its primary is, to be covered; replicas that the drill makes are.',
    ['tags'],
  ),
  same: note('Property', 'A property of a key.'),
  steps: note('Steps', 'What is done, one after another.'),
  step: note('Kind', 'What the step does.'),
  id: note('Id', 'Names the step in commands and evidence; left out, its number and kind.', 'promote-to-west'),
  title: note('Title', 'What the step is for, in the words of whoever watches.'),
  timeout: note(
    'Timeout',
    'How long the step may take, time that the drill is paused not counted; its plan is then cancelled.',
    '30m',
  ),
  on_failure: note(
    'On failure',
    'stop: the drill has failed. continue: it goes on, and the failure is a finding. rollback: what was promoted is promoted back, and the drill has failed.',
  ),
  policy: note(
    'Coverage policy',
    'The name of a coverage policy to check instead of the keys and Regions of the drill.',
  ),
  at_least: note('At least', 'The percentage of key × Region that must be covered for the step to pass.', 100),
  stepRegions: note('Regions', 'Only these of the Regions of the drill; left out, all of them.', ['us-west-2']),
  options: note('How to run', 'Pace and tolerance of the plan that the step makes, as a plan has them.'),
  every: note('Every', 'How long to wait from one try to the next.', '5s'),
  to: { ...note('To', 'The Region whose replicas become the primaries.', 'us-west-2'), ...known },
  for: note('For', 'How long to wait; time that the drill is paused does not count.', '10m'),
  stepApprovals: note('Approvals', 'How many people other than the submitter must say go.', 1),
  message: note('Message', 'What those who are asked or told should know.'),
  url: note(
    'Address',
    'Of your own check; https, a host of KEYFERRY_WEBHOOK_HOSTS. It is stored and shown: no login in it, and no parameter that looks like a secret.',
    'https://checks.example.com/decrypt',
  ),
  method: note('Method', 'GET reads; a POST is made again with the same Idempotency-Key when its worker died.'),
  headers: note(
    'Headers',
    'Sent with the call: accept, content-type, user-agent, x-request-id and a few more that are never secret. A token goes into KEYFERRY_CHECK_TOKENS.',
    {
      accept: 'application/json',
    },
  ),
  header: note('Value', 'Of this header.'),
  body: note('Body', 'Sent as it is, with POST and PUT.'),
  bearer: note(
    'Token',
    'The name of a token of KEYFERRY_CHECK_TOKENS, sent as bearer token. It goes to the hosts alone that it is bound to there.',
    'payments-check',
  ),
  expect: note('Expected', 'What the answer must be for the step to pass.'),
  status: note('Status', 'One of these.', [200, 204]),
  statusCode: note('Status code', 'Of HTTP.', 200),
  body_contains: note('Body contains', 'This text, within the first KiB of the answer.', '"decrypted": true'),
} as const;
