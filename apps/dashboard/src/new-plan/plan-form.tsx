import { ProblemError } from '@keyferry/client';
import { type InputError, visibleLine } from '@keyferry/core';
import { Grid, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useCaller, useMay } from '../api/caller.ts';
import { Notice } from '../display/notice.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { tabPath } from '../plan/tabs.ts';
import { Discard } from './discard.tsx';
import { type Draft, specOf } from './draft.ts';
import { findErrors, isFilledIn } from './find-errors.ts';
import { focusField, focusFirst } from './focus-field.ts';
import { KeptSection } from './kept-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { OptionsSection } from './options-section.tsx';
import { FillFromFile } from './plan-file.tsx';
import { readKeys } from './read-keys.ts';
import { refusedLines } from './refused-lines.ts';
import { RegionsSection } from './regions-section.tsx';
import { ReplicaSection } from './replica-section.tsx';
import { RunWithoutPreview } from './run-without-preview.tsx';
import { errorAt, Section } from './section.tsx';
import { submitDraft } from './submit-draft.ts';
import { SubmitPanel } from './submit-panel.tsx';
import { type Start, useDraft } from './use-draft.ts';

interface PlanFormProps {
  /** Which of the caller's drafts it is. */
  of: string;
  start: Start;
  /** Where the form was filled from. */
  children?: ReactNode;
}

/** A plan from a form: checked as it is typed by the rules of the API itself, previewed first or run at once. */
export function PlanForm({ of, start, children }: PlanFormProps) {
  const { caller } = useCaller();
  const mayNot = !useMay()('POST /v1/plans');
  const kept = useDraft({ caller, of }, start);
  const { draft } = kept;
  const [tried, setTried] = useState(false);
  const [confirming, confirm] = useDisclosure();
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const form = useRef<HTMLDivElement>(null);
  // Reading and checking thousands of keys takes longer than a keystroke may: it follows what is typed.
  const followed = useDeferredValue(draft);
  const named = useMemo(() => readKeys(draft.keysText), [draft.keysText]);
  const followedKeys = useDeferredValue(named);
  const found = useMemo(
    () => findErrors(followed, followedKeys, specOf(followed, followedKeys.keys)),
    [followed, followedKeys],
  );
  const submitting = useMutation({
    mutationFn: (mode: 'preview' | 'execute') => submitDraft(draft, named.keys, mode, kept.idempotencyKey),
    onSuccess: (plan) => {
      kept.finish();
      void store.invalidateQueries({ queryKey: ['plans'] });
      navigate(plan.mode === 'preview' ? tabPath(plan.id, 'preview') : `/plans/${plan.id}`);
    },
  });
  const change = (next: Partial<Draft>) => {
    // What the API said was of the draft as it was.
    if (!submitting.isPending) submitting.reset();
    kept.change(next);
  };
  const refused = submitting.error instanceof ProblemError ? (submitting.error.problem.errors ?? []) : noErrors;
  const errors = refused.length === 0 ? found : [...found, ...refused];
  const shown = tried ? errors : errors.filter(({ path }) => isFilledIn(draft, path));
  const error = errorAt(shown);
  const lines = useMemo(() => refusedLines(submitting.error), [submitting.error]);
  useEffect(() => {
    if (form.current && refused.length > 0) focusFirst(form.current, pathsOf(refused));
  }, [refused]);
  const press = (go: () => void) => () => {
    setTried(true);
    // What is drawn may be a keystroke behind.
    const wrong = findErrors(draft, named, specOf(draft, named.keys));
    if (wrong.length === 0) go();
    else requestAnimationFrame(() => form.current && focusFirst(form.current, pathsOf(wrong)));
  };
  const sections = { draft, change, error };
  return (
    <>
      <PageHead title="New plan">
        <FillFromFile begun={kept.begun} onFilled={change} />
      </PageHead>
      <Stack gap="lg">
        {mayNot && <MayNotSubmit />}
        {children}
        {kept.restoredAt !== null && (
          <Notice tone="calm" title="Your draft is back">
            <Text size="sm">
              From <Time at={kept.restoredAt} />. If it was submitted and the answer was lost, submitting it again opens
              the same plan.
            </Text>
          </Notice>
        )}
        {kept.tooLarge && (
          <Notice tone="broken" title="This draft is too large to be kept">
            <Text size="sm">A reload, or signing in again, loses it. Put the keys into a manifest instead.</Text>
          </Notice>
        )}
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Stack gap="lg" ref={form}>
              <Section title="Plan">
                <TextInput
                  label="Name"
                  description="For lists and reports. It need not be unique."
                  placeholder="dr-2026-q4"
                  required
                  data-field="name"
                  value={draft.name}
                  onChange={(event) => change({ name: event.currentTarget.value })}
                  error={error('name')}
                />
              </Section>
              <KeysSection {...sections} named={named} refusedLines={lines} />
              <RegionsSection {...sections} />
              <ReplicaSection {...sections} />
              <OptionsSection {...sections} />
              <KeptSection {...sections} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <SubmitPanel
              draft={draft}
              named={named}
              errors={found}
              tried={tried}
              mayNot={mayNot}
              submitting={submitting}
              onPress={(mode) => press(mode === 'preview' ? () => submitting.mutate('preview') : confirm.open)()}
              onGo={(path) => form.current && focusField(form.current, path)}
            >
              {kept.begun && (
                <Discard
                  onDiscard={() => {
                    submitting.reset();
                    setTried(false);
                    kept.discard();
                  }}
                />
              )}
            </SubmitPanel>
          </Grid.Col>
        </Grid>
      </Stack>
      <RunWithoutPreview
        draft={draft}
        keys={named.keys.length}
        opened={confirming}
        onClose={confirm.close}
        onRun={() => {
          confirm.close();
          submitting.mutate('execute');
        }}
      />
    </>
  );
}

const noErrors: readonly InputError[] = [];

const pathsOf = (errors: readonly InputError[]): string[] => errors.map(({ path }) => path);

function MayNotSubmit() {
  const { caller, role } = useCaller();
  return (
    <Notice tone="waits" title="You cannot submit plans">
      <Text size="sm">
        {visibleLine(caller)} has the role {role}; operators and admins submit plans. You can fill in the form and
        download it as a plan file for one of them.
      </Text>
    </Notice>
  );
}
