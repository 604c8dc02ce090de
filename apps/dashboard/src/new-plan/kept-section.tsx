import { countOf, inSentence, type PlanSpec, windowsInWords } from '@keyferry/core';
import { Button, Group, Stack, Text } from '@mantine/core';
import { type KeptPath, keptPaths } from './draft.ts';
import { Section, type SectionProps } from './section.tsx';

const kept: Record<KeptPath, { label: string; inWords: (value: never) => string }> = {
  account_regions: {
    label: 'Regions by account',
    inWords: (lists: object) => `${countOf(Object.keys(lists).length, 'account')} with Regions of their own`,
  },
  overrides: {
    label: 'Exceptions',
    inWords: (list: readonly unknown[]) => `${countOf(list.length, 'exception')} for single keys or Regions`,
  },
  'replica.aws_param.BypassPolicyLockoutSafetyCheck': {
    label: 'Skip the lockout check',
    inWords: (skips: boolean) => (skips ? 'KMS takes a policy that locks the caller out of the key' : 'No'),
  },
  'replica.aws_param.Origin': { label: 'Origin', inWords: (origin: string) => origin },
  'options.windows': {
    label: 'Maintenance windows',
    inWords: (windows: PlanSpec['options']['windows']) => windowsInWords({ windows }).join('; '),
  },
  'options.ignore_tags': { label: 'Ignored tags', inWords: (patterns: readonly string[]) => inSentence(patterns) },
};

/** What came with another plan and has no field of its own here: shown, so that nobody submits it unseen. */
export function KeptSection({ draft, change, error }: SectionProps) {
  const paths = keptPaths.filter((path) => path in draft.kept);
  if (paths.length === 0) return null;
  const remove = (path: KeptPath) =>
    change({ kept: Object.fromEntries(Object.entries(draft.kept).filter(([other]) => other !== path)) });
  return (
    <Section title="Also in this plan" hint="Taken over as it is. To change it, download the plan file and edit that.">
      {paths.map((path) => {
        const { label, inWords } = kept[path];
        const wrong = error(path);
        return (
          <Group key={path} justify="space-between" wrap="nowrap" align="flex-start" data-field={path}>
            <Stack gap={2} miw={0}>
              <Text size="sm" fw={500}>
                {label}
              </Text>
              <Text size="sm">{inWords(draft.kept[path] as never)}</Text>
              {wrong && (
                <Text size="xs" c="var(--mantine-color-error)" id={`wrong-${path}`}>
                  {wrong}
                </Text>
              )}
            </Stack>
            <Button
              variant="default"
              size="xs"
              aria-label={`Remove: ${label}`}
              aria-describedby={wrong && `wrong-${path}`}
              onClick={() => remove(path)}
            >
              Remove
            </Button>
          </Group>
        );
      })}
    </Section>
  );
}
