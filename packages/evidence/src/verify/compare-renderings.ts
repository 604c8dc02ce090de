import { rendering } from '../pack/manifest.ts';
import { BrokenPack } from './broken-pack.ts';
import { compareFigures } from './compare-figures.ts';
import { csvOf, httpChecksOf, jsonOf, type PackFacts, readmeOf, reportOf, tablesOf } from './derived-files.ts';
import { mustBe } from './must-be.ts';
import type { TextOf } from './read-json.ts';

/**
 * Whether all that is written from the JSON of a pack says what that says. True: it is the same to the byte; false: an earlier
 * Keyferry rendered it, and the figures are the same. Throws a BrokenPack.
 */
export function compareRenderings(text: TextOf, facts: PackFacts): boolean {
  mustBe('http-checks.json', 'log.json says', text('http-checks.json'), jsonOf(httpChecksOf(facts)));
  const told = facts.document.rendering ?? 0;
  if (told > rendering) {
    throw new BrokenPack('evidence.json', 'written by a newer Keyferry: verify it with that release');
  }
  if (told < rendering) {
    compareFigures(text, facts);
    return false;
  }
  for (const table of tablesOf(facts)) mustBe(table.name, `${table.from} says`, text(table.name), csvOf(table));
  mustBe('report.html', 'the JSON of the pack says', text('report.html'), [reportOf(facts)]);
  mustBe('README.txt', 'evidence.json says', text('README.txt'), [readmeOf(facts)]);
  return true;
}
