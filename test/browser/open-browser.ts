import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../servers/index.ts';

/** A real Chromium, of which every page is a visitor of its own. */
export interface TestBrowser {
  /** Opens an address as somebody who has never been there; `faults` fills with what the page's console complains of. */
  visit(address: string, options?: BrowserContextOptions): Promise<Visit>;
  /** Closes every page: one that is left open goes on following streams and drawing, at the cost of what comes after. */
  endVisits(): Promise<void>;
  close(): Promise<void>;
}

export interface Visit {
  readonly page: Page;
  /** Errors of scripts, breaches of the content security policy, requests to other hosts. */
  readonly faults: string[];
}

/** This machine under a name that browsers do not trust over plain HTTP, as they trust localhost. */
export const insecureHost = 'keyferry.test';

export async function openBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: await findChromium(),
    // Chromium refuses to run as root with its sandbox; the rest keeps it from calling home.
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
    ],
  });
  return {
    visit: async (address, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      // A busy machine draws slowly; what does not come at all is told all the same.
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) faults.push(`policy: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith('http') && url.origin !== new URL(address).origin) faults.push(`to ${url.href}`);
      });
      await page.goto(address);
      return { page, faults };
    },
    endVisits: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: () => browser.close(),
  };
}

/** Signs in by the form, as a person does. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** Nothing that axe knows of stands against WCAG 2.2 AA on what is shown now. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNothingAgainst(
    new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']),
  );
}

/** The same of colours alone, for another scheme of a page that is accessible in one. */
export async function expectLegible(page: Page): Promise<void> {
  await expectNothingAgainst(new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block']));
}

async function expectNothingAgainst(axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(told).toEqual([]);
}
