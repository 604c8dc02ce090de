import { describe, expect, it } from 'vitest';
import { checkInput } from '../input/check-input.ts';
import { durationSeconds } from '../time/duration.ts';
import { type RunbookInput, runbookSchema } from './runbook.ts';

const base = {
  name: 'evacuate',
  scenario: 'us-east-1 is to be left.',
  keys: ['alias/payments'],
  regions: ['us-west-2', 'eu-west-1'],
  steps: [{ step: 'preflight' }],
} satisfies RunbookInput;

const errorsOf = (change: object): string[] => {
  const checked = checkInput(runbookSchema, { ...base, ...change });
  return 'errors' in checked ? checked.errors.map(({ path, code }) => `${path}: ${code}`) : [];
};

describe('a runbook', () => {
  it('names its steps by number and kind, and gives each its timeout', () => {
    const { steps } = runbookSchema.parse({
      ...base,
      steps: [
        { step: 'verify', id: 'usable' },
        { step: 'promote', to: 'us-west-2' },
        { step: 'wait', for: '90s' },
      ],
    });
    expect(steps.map(({ id }) => id)).toEqual(['usable', '2-promote', '3-wait']);
    expect(steps[0]).toMatchObject({ timeout: '1h', every: '5s', on_failure: 'stop' });
  });

  it('wants two approvals where it promotes, and none where it only rehearses that', () => {
    const steps = [{ step: 'promote', to: 'us-west-2' } as const];
    expect(runbookSchema.parse({ ...base, steps }).approvals).toBe(2);
    expect(runbookSchema.parse({ ...base, steps, mode: 'rehearse' }).approvals).toBe(0);
    expect(runbookSchema.parse(base).approvals).toBe(0);
    expect(errorsOf({ steps, approvals: 1 })).toEqual(['approvals: too_few_approvals']);
  });

  it('names a placeholder that nothing stands for', () => {
    const errors = errorsOf({ replica: { aws_param: { Alias: 'dr/{key}' } } });
    expect(errors).toContainEqual(expect.stringMatching(/^replica\.aws_param\.Alias: /));
  });

  it.each([
    ['keys in two ways', { selector: { alias: 'x' } }, 'selector: mutually_exclusive'],
    ['Regions of two partitions', { regions: ['us-west-2', 'cn-north-1'] }, 'regions: other_partition'],
    ['a target that is lost', { lost_regions: ['us-west-2'] }, 'lost_regions[0]: lost_target'],
    ['a Region that is not its own', { steps: [{ step: 'promote', to: 'us-east-1' }] }, 'steps[0].to: other_region'],
    [
      'the same of a check',
      { steps: [{ step: 'verify', regions: ['us-east-1'] }] },
      'steps[0].regions[0]: other_region',
    ],
    ['a failback of nothing', { steps: [{ step: 'failback' }] }, 'steps[0].step: nothing_promoted'],
    [
      'an id twice',
      {
        steps: [
          { step: 'preflight', id: 'a' },
          { step: 'verify', id: 'a' },
        ],
      },
      'steps[1].id: repeated_id',
    ],
    ['fewer approvers than approvals', { approvals: 2, approvers: ['anna'] }, 'approvers: too_few_approvers'],
    [
      'a body for GET',
      { steps: [{ step: 'http', url: 'https://a.example', body: 'x' }] },
      'steps[0].body: unused_body',
    ],
    [
      'a secret in a header',
      { steps: [{ step: 'http', url: 'https://a.example', headers: { Authorization: 'Bearer x' } }] },
      'steps[0].headers.Authorization: refused_header',
    ],
    [
      'a field of another step',
      { steps: [{ step: 'wait', for: '3m', to: 'us-west-2' }] },
      'steps[0].to: unknown_field',
    ],
    ['a duration without its unit', { targets: { rto: '30' } }, 'targets.rto: invalid_format'],
  ])('is refused for %s', (_, change, error) => {
    expect(errorsOf(change)).toContain(error);
  });

  const call = (more: object) => ({ steps: [{ step: 'http', url: 'https://a.example/x', ...more }] });

  it.each([
    'Accept',
    'accept-language',
    'Cache-Control',
    'content-type',
    'User-Agent',
    'X-Request-Id',
    'X-Correlation-Id',
  ])('takes the header %s for a check', (name) => {
    expect(errorsOf(call({ headers: { [name]: 'x' } }))).toEqual([]);
  });

  it.each([
    ...[
      'Authorization',
      'proxy-authorization',
      'Proxy-Connection',
      'Cookie',
      'Set-Cookie',
      'X-API-Key',
      'X-Auth-Token',
    ],
    ...['x-amz-security-token', 'X-Vault-Token', 'X-Team', 'Host', 'Content-Length', 'Transfer-Encoding', 'Connection'],
    ...['Idempotency-Key', 'X-Forwarded-For', 'constructor'],
  ])('takes no header %s, and says which it takes and where a secret goes', (name) => {
    const headers = JSON.parse(`{ ${JSON.stringify(name)}: "s3cret" }`);
    const checked = checkInput(runbookSchema, { ...base, ...call({ headers }) });
    const [error, ...more] = 'errors' in checked ? checked.errors : [];
    expect(more).toEqual([]);
    expect(error).toMatchObject({ path: `steps[0].headers.${name}`, code: 'refused_header' });
    expect(error?.message).toMatch(/accept, .*KEYFERRY_CHECK_TOKENS.*`bearer`/);
    expect(error?.message).not.toContain('s3cret');
  });

  it.each([
    'https://a.example/x?region=us-west-2&key_id=mrk-1',
    'https://a.example/x?keyId=mrk-1&monkey=1&design=2&author=anna&assigned=1',
    'https://a.example/tokens/secret#top',
  ])('takes the address %s for a check', (url) => {
    expect(errorsOf(call({ url }))).toEqual([]);
  });

  it.each([
    ...['token', 'Key', 'secret', 'password', 'signature', 'access_token', 'api_key', 'apikey', 'sig', 'auth', 'pwd'],
    ...[
      'X-Amz-Signature',
      'X-Amz-Security-Token',
      'X-Amz-Credential',
      'clientSecret',
      'authToken',
      'jwt',
      'passphrase',
    ],
    ...['to%6Ben', 'a=1;token', 'a=1&private-key', 'tokens[]', 'sessionkey', 'code=1&API-KEY'],
  ])('takes no address whose query has a parameter like a secret: %s', (name) => {
    const checked = checkInput(runbookSchema, { ...base, ...call({ url: `https://a.example/x?${name}=s3cret` }) });
    const [error, ...more] = 'errors' in checked ? checked.errors : [];
    expect(more).toEqual([]);
    expect(error).toMatchObject({ path: 'steps[0].url', code: 'secret_in_url' });
    expect(error?.message).toMatch(/KEYFERRY_CHECK_TOKENS.*`bearer`/);
    expect(error?.message).not.toContain('s3cret');
  });

  it.each([
    'https://anna@a.example/x',
    'https://anna:s3cret@a.example/x',
    'https://:s3cret@a.example',
    'https://a.example/#access_token=s3cret',
  ])('takes no address with a login or a secret elsewhere in it: %s', (url) => {
    expect(errorsOf(call({ url }))).toEqual(['steps[0].url: secret_in_url']);
  });

  it('leaves to the API what only Region groups can tell', () => {
    expect(errorsOf({ regions: ['group:eu'], steps: [{ step: 'verify', regions: ['eu-west-1'] }] })).toEqual([]);
  });

  it('measures time in whole seconds', () => {
    expect(['90s', '30m', '4h', '2d', 0].map((text) => durationSeconds(text as '90s'))).toEqual([
      90, 1_800, 14_400, 172_800, 0,
    ]);
  });
});
