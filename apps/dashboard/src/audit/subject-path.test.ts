import { expect, test } from 'vitest';
import { subjectPath } from './subject-path.ts';

const id = '0190a6e0-0000-7000-8000-000000000000';

test.each([
  ['plan', id, {}, `/plans/${id}`],
  ['approval', 'a', { plan_id: id }, `/plans/${id}`],
  ['drill', id, {}, `/drills/${id}`],
  ['coverage', 'tier-1', {}, '/coverage/tier-1'],
  ['coverage', id, {}, `/checks/${id}`],
  ['lane', '111122223333:eu-west-1:CreateKey', {}, '/lanes?q=111122223333%3Aeu-west-1%3ACreateKey'],
  ['lane', 'cckm', {}, '/lanes'],
  ['schedule', id, { name: 'nightly' }, `/schedules/${id}`],
  ['token', id, { name: 'anna' }, '/tokens?name=anna'],
  ['plan', null, {}, null],
  ['operation', 'GET /v1/tokens', {}, null],
])('an entry about %s %s leads to it', (type, object, detail, path) => {
  expect(subjectPath({ object: { type, id: object }, detail })).toBe(path);
});
