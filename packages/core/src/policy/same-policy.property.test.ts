import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rewritten, type Statement, someDraw, somePolicy, someStatement } from '../../test/policy/new-policy.ts';
import { decision, everyRequest } from '../../test/policy/requests.ts';
import { samePolicy } from './same-policy.ts';

const runs = { seed: 20_261_129, numRuns: 2_000 };

it('a policy is the same, however it is written', () => {
  fc.assert(
    fc.property(somePolicy, someDraw, (policy, draw) => {
      const other = rewritten(policy, draw);
      expect(samePolicy(policy, other, 'aws')).toBe(true);
      expect(samePolicy(other, policy, 'aws')).toBe(true);
    }),
    runs,
  );
});

it('policies that are the same decide every request alike, and those that decide one otherwise are not', () => {
  let [alike, other] = [0, 0];
  fc.assert(
    fc.property(somePolicy, someStatement, someDraw, (policy, statement, draw) => {
      const statements = [policy.Statement].flat() as Statement[];
      const at = Math.floor(draw() * statements.length);
      // One element of one statement is another: most of the time that says something else, and at times it does not.
      const names = [
        'Effect',
        'Principal',
        'NotPrincipal',
        'Action',
        'NotAction',
        'Resource',
        'NotResource',
        'Condition',
      ];
      const name = names[Math.floor(draw() * names.length)] ?? 'Effect';
      const about = name.replace(/^Not/, '');
      const kept = Object.entries(statements[at] ?? {}).filter(([key]) => key.replace(/^Not/, '') !== about);
      const taken = Object.entries(statement).filter(([key]) => key.replace(/^Not/, '') === about);
      const changed = statements.with(at, Object.fromEntries([...kept, ...taken]));
      const one = rewritten(policy, draw);
      const two = rewritten({ ...policy, Statement: changed }, draw);
      const same = samePolicy(one, two, 'aws');
      const decided = everyRequest.every((request) => decision(one, request) === decision(two, request));
      if (same) expect(decided).toBe(true);
      if (decided) alike += 1;
      else other += 1;
    }),
    runs,
  );
  // The draw reaches both sides.
  expect(Math.min(alike, other)).toBeGreaterThan(200);
});
