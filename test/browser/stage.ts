import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Keyferry, startKeyferry } from '../harness/keyferry.ts';
import { openBrowser, signIn, type TestBrowser } from './open-browser.ts';

/** A Keyferry and a browser for the tests of one file, there once they run. */
export interface Stage {
  keyferry: Keyferry;
  browser: TestBrowser;
  /** A page of somebody who has signed in with a token; colour scheme and size as asked for. */
  pageOf(token: string, path: string, options?: Parameters<TestBrowser['visit']>[1]): Promise<Page>;
}

/** Sets the stage for the file that calls it; pages are closed after the test that opened them. `env` is laid over that of Keyferry. */
export function setStage(env: Record<string, string> = {}): Readonly<Stage> {
  const stage = {
    async pageOf(token, path, options = {}) {
      const { page } = await stage.browser.visit(`${stage.keyferry.url}${path}`, options);
      await signIn(page, token);
      return page;
    },
  } as Stage;
  beforeAll(async () => {
    [stage.keyferry, stage.browser] = await Promise.all([startKeyferry(env), openBrowser()]);
  });
  afterEach(() => stage.browser.endVisits());
  afterAll(async () => {
    await stage.browser?.close();
    await stage.keyferry?.stop();
  });
  return stage;
}
