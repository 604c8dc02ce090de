import { describe, expect, it } from 'vitest';
import { newDrill } from '../../../../test/models/evidence/new-drill.ts';
import { writeReport } from '../pack/write-pack.ts';

const hostile = '</style><script>alert(1)</script><img src="https://evil.example">';

describe('the report', () => {
  it('runs nothing and loads nothing, for any names and messages', async () => {
    const drill = newDrill({
      drill: { name: hostile, scenario: hostile, change_ticket: hostile, reason: hostile },
      item: () => ({ alias: hostile, account: hostile }),
      more: {
        log: [{ seq: 1, at: '2026-11-24T09:00:00.000Z', step: hostile, kind: 'http', message: hostile, detail: {} }],
      },
    });
    const page = await writeReport(drill, null);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|url\((?!#)|@import/i);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  it('says at first whether the targets were met, and never that a gap is covered', async () => {
    expect(await writeReport(newDrill(), null)).toContain('<strong>Met</strong>');
    const gap = await writeReport(
      newDrill({ item: (key) => (key === 1 ? { state: 'unknown', reached_ms: null, proven_at: null } : {}) }),
      null,
    );
    expect(gap).toContain('<strong>Not met</strong>');
    expect(gap).toContain('RTO missed');
    expect(gap).toContain('4 of 6 key-Region pairs were reached');
  });

  it('shows of more than 200 keys only those with a gap', async () => {
    const page = await writeReport(
      newDrill({ keys: 250, item: (key, region) => (key === 7 && region === 'eu-west-1' ? { state: 'missing' } : {}) }),
      null,
    );
    expect(page.match(/<td class="key">/g)).toHaveLength(1);
    expect(page).toContain('250 keys are too many');
  });
});
