import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOperations } from '../plan/life.ts';
import { type ApprovalFacts, approvalsNeeded } from './approvals-needed.ts';
import { type ApprovalRule, approvalRulesSchema, newApprovalRulesSchema, ruleSubjects } from './rules.ts';
import { askingRulesInWords, ruleInWords } from './rules-in-words.ts';

const accounts = ['111122223333', '444455556666'];
const regions = ['eu-west-1', 'us-east-1'];
const some = <T>(of: readonly T[]) => fc.uniqueArray(fc.constantFrom(...of), { minLength: 1 });
const rule = fc.record(
  {
    name: fc.constant('one'),
    for: some(ruleSubjects),
    when: fc.record(
      {
        operations: some(planOperations),
        accounts: some(accounts),
        regions: some(regions),
        policy_change: fc.constant(true as const),
        min_replicas: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: [] },
    ),
    approvals: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: ['name', 'when', 'approvals'] },
) as fc.Arbitrary<ApprovalRule>;
const rules = fc.array(rule, { maxLength: 6 }).map((list) => list.map((one, at) => ({ ...one, name: `rule-${at}` })));
const facts: fc.Arbitrary<ApprovalFacts> = fc.record({
  for: some(ruleSubjects),
  operations: fc.subarray([...planOperations]),
  accounts: fc.subarray(accounts),
  regions: fc.subarray(regions),
  policy_change: fc.boolean(),
  replicas: fc.integer({ min: 0, max: 6 }),
});

test('the rule that asks for most decides, and no rule takes anything away from another', () => {
  fc.assert(
    fc.property(rules, rule, facts, (given, more, of) => {
      const needed = approvalsNeeded(given, of);
      const asking = given.filter(({ name }) => needed.names.includes(name));
      expect(needed.approvals).toBe(Math.max(0, ...asking.map(({ approvals }) => approvals)));
      expect(approvalsNeeded([...given, more], of).approvals).toBeGreaterThanOrEqual(needed.approvals);
    }),
  );
});

test('what is not known yet, and what a plan does besides, never needs fewer', () => {
  fc.assert(
    fc.property(rules, facts, facts, (given, one, other) => {
      const { approvals } = approvalsNeeded(given, one);
      const unknown = { ...one, accounts: null, replicas: null };
      const both = {
        for: [...one.for, ...other.for],
        operations: [...one.operations, ...other.operations],
        accounts: [...(one.accounts ?? []), ...(other.accounts ?? [])],
        regions: [...one.regions, ...other.regions],
        policy_change: one.policy_change || other.policy_change,
        replicas: (one.replicas ?? 0) + (other.replicas ?? 0),
      };
      expect(approvalsNeeded(given, unknown).approvals).toBeGreaterThanOrEqual(approvals);
      expect(approvalsNeeded(given, both).approvals).toBeGreaterThanOrEqual(approvals);
    }),
  );
});

test('a condition that is left out is always so, and a rule without conditions matches everything', () => {
  fc.assert(
    fc.property(rule, facts, ({ name, approvals }, of) => {
      expect(approvalsNeeded([{ name, when: {}, approvals }], of)).toEqual({ approvals, names: [name] });
    }),
  );
});

test('rules are taken as they are written, within bounds', () => {
  fc.assert(
    fc.property(rules, (given) => {
      expect(approvalRulesSchema.parse(given)).toEqual(given);
    }),
  );
  const one = { name: 'one', when: {}, approvals: 1 };
  const many = (length: number) => Array.from({ length }, (_, at) => ({ ...one, name: `rule-${at}` }));
  expect(approvalRulesSchema.safeParse(many(100)).success).toBe(true);
  expect(approvalRulesSchema.safeParse(many(101)).success).toBe(false);
  for (const wrong of [
    { ...one, when: { colour: 'red' } },
    { ...one, when: { policy_change: false } },
    { ...one, when: { accounts: [] } },
    { ...one, approvals: 6 },
    { ...one, name: 'Not a name' },
  ]) {
    expect(newApprovalRulesSchema.safeParse({ rules: [wrong], version: 0 }).success).toBe(false);
  }
});

test('rules are said in words', () => {
  expect(ruleInWords({ name: 'a', when: {}, approvals: 1 })).toBe('1 approval for anything');
  const when = { accounts, regions, operations: ['promote' as const], policy_change: true as const, min_replicas: 500 };
  expect(ruleInWords({ name: 'b', for: ['plan', 'drill'], when, approvals: 2 })).toBe(
    '2 approvals for plans and drills, that promote, with keys of 111122223333 or 444455556666, from or into eu-west-1 or us-east-1, that set a key policy, of at least 500 replicas',
  );
  expect(askingRulesInWords({ version: 3, names: ['a', 'b'] })).toBe('rules a and b of version 3');
  expect(askingRulesInWords({ version: null, names: [] })).toBeNull();
});
