import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { setStage } from './stage.ts';

const stage = setStage();

/** The background of an element, and what it is to be in each colour scheme, as the browser computes them. */
function backgrounds(element: Locator): Promise<{ own: string; light: string; dark: string }> {
  return element.evaluate((node: Node) => {
    const { document, getComputedStyle } = globalThis as unknown as Browser;
    const probe = node.appendChild(document.createElement('div'));
    const computed = (value: string) => {
      probe.style.background = value;
      return getComputedStyle(probe).backgroundColor;
    };
    const [light, dark] = ['var(--mantine-color-white)', 'var(--mantine-color-dark-6)'].map(computed);
    probe.remove();
    return { own: getComputedStyle(node).backgroundColor, light: light ?? '', dark: dark ?? '' };
  });
}

/** What of a browser the function above needs; tests are checked without its types. */
interface Node {
  appendChild(child: Element): Element;
}
interface Element {
  style: { background: string };
  remove(): void;
}
interface Browser {
  document: { createElement(name: string): Element };
  getComputedStyle(of: unknown): { backgroundColor: string };
}

describe('surfaces of the built dashboard', () => {
  it.each(['light', 'dark'] as const)('are of the %s scheme, and let nothing through', async (colorScheme) => {
    const { client, simulator } = stage.keyferry;
    const keys = (await simulator.makeKeys({ count: 2, account: newAccount() })).map((key) => key.id);
    const policy = { name: 'surface', keys, regions: ['eu-west-1'] };
    await client.request('PUT /v1/coverage/policies/{name}', { name: policy.name, body: policy });
    const { id } = await stage.keyferry.run({ name: 'surface', keys, regions: ['eu-west-1'] });

    const page = await stage.pageOf(adminToken, '/coverage', { colorScheme });
    const card = await backgrounds(page.getByRole('article', { name: 'surface' }));
    await page.goto(`${stage.keyferry.url}/plans/${id}/matrix`);
    const head = page.getByRole('grid').getByRole('rowgroup').first();
    await head.waitFor();
    const matrix = await backgrounds(head);
    expect([card.own, matrix.own]).toEqual([card[colorScheme], matrix[colorScheme]]);
    expect(card.light).toBe('rgb(255, 255, 255)');
    expect(card.dark).toMatch(/^rgb\(/);
  });
});
