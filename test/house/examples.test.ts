import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkPlan, readPlanFile } from '../../apps/cli/src/plan-file.ts';

const folder = fileURLToPath(new URL('../../examples/plans/', import.meta.url));

test.each(readdirSync(folder))('examples/plans/%s is a plan that the API takes', (name) => {
  expect(() => checkPlan(readPlanFile(`${folder}${name}`))).not.toThrow();
});
