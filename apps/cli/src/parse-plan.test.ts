import { describe, expect, it } from 'vitest';
import { parsePlan } from './parse-plan.ts';

const codes = (text: string) => parsePlan(text).faults.map(({ code, line, column }) => `${line}:${column} ${code}`);

describe('the kind of a file', () => {
  it('may be set, and is not sent', () => {
    expect(parsePlan('kind: Plan\nname: x').parsed?.spec).toEqual({ name: 'x' });
  });

  it.each([
    [
      'kind: CoveragePolicy\nname: x',
      'Plan',
      'This file is a CoveragePolicy, not a Plan. Use it with: keyferry coverage apply -f FILE',
    ],
    [
      'name: x\nkind: Plan',
      'Schedule',
      'This file is a Plan, not a Schedule. Use it with: keyferry plan submit -f FILE',
    ],
    ['kind: Plann', 'Plan', 'Unknown kind "Plann". Write "kind: Plan", or remove it.'],
    ['kind: 7', 'Drill', 'Unknown kind 7. Write "kind: Drill", or remove it.'],
  ] as const)('is refused where it is another one, and nothing else is looked at: %j as %s', (text, kind, message) => {
    const { parsed, faults } = parsePlan(text, '', kind);
    expect(parsed).toBeNull();
    expect(faults).toEqual([expect.objectContaining({ path: 'kind', code: 'wrong_kind', message })]);
    expect(faults[0]?.line).toBe(text.startsWith('kind') ? 1 : 2);
  });
});

describe('a plan file', () => {
  it('is YAML or JSON, and says where each of its values stands', () => {
    const { parsed, faults } = parsePlan('name: x\nregions:\n  - us-west-2\n  - eu-west-1\n');
    expect(faults).toEqual([]);
    expect(parsed?.spec).toEqual({ name: 'x', regions: ['us-west-2', 'eu-west-1'] });
    expect(parsed?.faultAt('regions[1]', 'c', 'm')).toMatchObject({ line: 4, column: 5 });
    expect(parsed?.faultAt('regions', 'c', 'm', true)).toMatchObject({ line: 2, column: 1 });
    expect(parsed?.faultAt('options.priority', 'c', 'm')).toMatchObject({ line: 1, column: 1 });
    expect(parsePlan('{"name": "x"}').parsed?.spec).toEqual({ name: 'x' });
  });

  it('may name its schema for an editor, which is not sent', () => {
    expect(parsePlan('{"$schema": "../plan.schema.json", "name": "x"}').parsed?.spec).toEqual({ name: 'x' });
  });

  it('may keep a value in an anchor', () => {
    expect(parsePlan('a: &tags [x]\nb: *tags\n').parsed?.spec).toEqual({ a: ['x'], b: ['x'] });
  });

  it('reports each duplicate field', () => {
    expect(codes('name: a\nselector:\n  region: x\n  region: y\nname: b\n')).toEqual([
      '4:3 duplicate_key',
      '5:1 duplicate_key',
    ]);
  });

  it.each([
    ['a tag that would make something else of a value', 'name: !!js/function "x"', '1:7 tag'],
    ['a second document', 'name: a\n---\nname: b\n', '2:1 several_documents'],
    ['an alias without its anchor', 'name: a\nkeys: *keys\n', '2:7 unknown_anchor'],
    ['an alias within what it names', 'keys: &a [*a]\n', '1:1 too_many_aliases'],
    ['no plan at all', '- a\n', '1:1 not_a_plan'],
    ['an empty file', '', '1:1 not_a_plan'],
    ['more nesting than any plan has', '['.repeat(100_000), '1:1 too_deep'],
  ])('is not read with %s', (_what, text, fault) => {
    expect(codes(text)).toEqual([fault]);
  });

  it('with aliases of aliases is refused before anything is written out', () => {
    const levels = Array.from({ length: 15 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join()}]`);
    expect(codes(['a0: &a0 x', ...levels].join('\n'))).toEqual(['1:1 too_many_aliases']);
  });
});
