import { readdirSync, readFileSync } from 'node:fs';
import { checkInput, manifestFormats, planSpecSchema } from '@keyferry/core';
import { readManifest, UnreadableManifest } from '@keyferry/manifest';
import { expect, test } from 'vitest';
import { parsePlan } from '../../apps/cli/src/parse-plan.ts';
import { type Dice, diceFrom } from '../chaos/scenario/dice.ts';
import { oddTexts } from './spoil.ts';

/** More of it, or another seed: FUZZ_TEXTS=100000 FUZZ_SEED=mine npx vitest run --project unit test/fuzz. */
const texts = Number(process.env.FUZZ_TEXTS ?? 1_000);
const seed = process.env.FUZZ_SEED ?? 'fuzz';
const tooLongMs = 5_000;

const folder = new URL('../../examples/', import.meta.url);
const plans = readdirSync(new URL('plans/', folder)).map((name) =>
  readFileSync(new URL(`plans/${name}`, folder), 'utf8'),
);
const manifests = readdirSync(new URL('manifests/', folder)).map((name) =>
  readFileSync(new URL(`manifests/${name}`, folder), 'utf8'),
);
const oddParts = [
  ...oddTexts.filter(({ length }) => length < 1_000),
  '\t',
  '- - - -',
  '&a [*a, *a]',
  '&a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]',
  '<<: *a',
  '!!js/function "x"',
  '!!binary x',
  '? [a, b]\n: c',
  '%YAML 1.1\n---',
  '---\n...\n---',
  '|+\n  text',
  '{'.repeat(3_000),
  '[a: '.repeat(500),
  '"',
  '""""',
  ',,,,,,,,',
  '\r',
  '\\u0000',
];

/** A text with some things put in, taken out, doubled or cut off. */
function spoilText(text: string, dice: Dice): string {
  let spoiled = text;
  for (let times = dice.between(1, 4); times > 0; times -= 1) {
    const at = dice.between(0, spoiled.length);
    const to = Math.min(spoiled.length, at + dice.between(0, 40));
    switch (dice.between(0, 3)) {
      case 0:
        spoiled = spoiled.slice(0, at) + dice.pick(oddParts) + spoiled.slice(at);
        break;
      case 1:
        spoiled = spoiled.slice(0, at) + spoiled.slice(to);
        break;
      case 2:
        spoiled = spoiled.slice(0, to) + spoiled.slice(at);
        break;
      default:
        spoiled = spoiled.slice(0, at) + dice.pick(oddParts) + spoiled.slice(to);
    }
  }
  return spoiled;
}

/** Runs `read` over drawn texts and answers what went wrong, with the text. */
async function hunt(
  name: string,
  from: readonly string[],
  read: (text: string, dice: Dice) => unknown,
): Promise<string> {
  const wrong: string[] = [];
  for (let n = 1; n <= texts && wrong.length < 5; n += 1) {
    const dice = diceFrom(`${seed} ${name} ${n}`);
    const text = spoilText(dice.pick(from), dice);
    const began = performance.now();
    try {
      await read(text, dice);
    } catch (error) {
      wrong.push(`#${n} ${JSON.stringify(text.slice(0, 600))}\n→ ${(error as Error).stack}`);
    }
    if (performance.now() - began > tooLongMs) wrong.push(`#${n} took too long: ${JSON.stringify(text.slice(0, 600))}`);
  }
  return wrong.join('\n\n');
}

test(`a plan file is read or its faults are told, whatever it is (seed ${seed})`, async () => {
  const wrong = await hunt('yaml', plans, (text) => {
    const { parsed, faults } = parsePlan(text);
    if (parsed === null && faults.length === 0) throw new Error('neither a plan nor a fault');
    if (parsed) checkInput(planSpecSchema, parsed.spec);
  });
  expect(wrong).toBe('');
}, 300_000);

test(`a manifest is read, its wrong lines are told, or it is unreadable, whatever it is (seed ${seed})`, async () => {
  const wrong = await hunt('manifest', manifests, async (text, dice) => {
    const bytes = Buffer.from(text);
    const size = dice.between(1, 50);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    try {
      for await (const { errors } of readManifest(pieces(), dice.pick(manifestFormats))) {
        if (errors.some(({ line }) => !(line >= 1))) throw new Error('an error without its line');
      }
    } catch (error) {
      if (!(error instanceof UnreadableManifest)) throw error;
    }
  });
  expect(wrong).toBe('');
}, 300_000);
