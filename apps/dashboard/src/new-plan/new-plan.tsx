import {
  checkInput,
  countOf,
  type InputError,
  manifestSpecSchema,
  type PlanView,
  planSpecSchema,
} from '@keyferry/core';
import { Button, Card, Code, Grid, List, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useClipboard, useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Failure } from '../display/failure.tsx';
import { PageHead } from '../display/page-head.tsx';
import { tabPath } from '../plan/tabs.ts';
import { type Draft, emptyDraft, specOf } from './draft.ts';
import { KeysSection } from './keys-section.tsx';
import { OptionsSection } from './options-section.tsx';
import { readKeys } from './read-keys.ts';
import { RegionsSection } from './regions-section.tsx';
import { ReplicaSection } from './replica-section.tsx';
import { errorAt, Section } from './section.tsx';

/** A plan from a form: checked as it is typed by the rules of the API itself, previewed first or run at once. */
export default function NewPlan() {
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [tried, setTried] = useState(false);
  const [confirming, confirm] = useDisclosure();
  const [, navigate] = useLocation();
  const store = useQueryClient();
  // A press that is repeated, or whose answer was lost, makes one plan; a changed draft makes another.
  const idempotencyKey = useRef(crypto.randomUUID());
  const change = (next: Partial<Draft>) => {
    idempotencyKey.current = crypto.randomUUID();
    setDraft({ ...draft, ...next });
  };
  // Reading and checking thousands of keys takes longer than a keystroke may: it follows what is typed.
  const named = useMemo(() => readKeys(draft.keysText), [draft.keysText]);
  const followed = useDeferredValue(draft);
  const followedKeys = useDeferredValue(named.keys);
  const errors = useMemo(() => errorsOf(followed, specOf(followed, followedKeys)), [followed, followedKeys]);
  const spec = specOf(draft, named.keys);
  const shown = tried ? errors : errors.filter(({ path }) => isFilledIn(draft, path));
  const error = errorAt(shown);
  const submitting = useMutation({
    mutationFn: (mode: 'preview' | 'execute') => submit(draft, { ...spec, mode }, `${idempotencyKey.current}-${mode}`),
    onSuccess: (plan) => {
      void store.invalidateQueries({ queryKey: ['plans'] });
      navigate(plan.mode === 'preview' ? tabPath(plan.id, 'preview') : `/plans/${plan.id}`);
    },
  });
  const press = (go: () => void) => () => {
    setTried(true);
    if (errors.length === 0) go();
  };
  const sections = { draft, change, error };
  return (
    <>
      <PageHead title="New plan" />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Section title="Plan">
              <TextInput
                label="Name"
                description="What people call it in lists and reports; it need not be unique."
                placeholder="dr-2026-q4"
                required
                value={draft.name}
                onChange={(event) => change({ name: event.currentTarget.value })}
                error={error('name')}
              />
            </Section>
            <KeysSection {...sections} named={named} />
            <RegionsSection {...sections} />
            <ReplicaSection {...sections} />
            <OptionsSection {...sections} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Card withBorder padding="lg" className="follows">
            <Stack>
              <Title order={2} size="h4">
                {sizeOf(draft, named.keys.length)}
              </Title>
              {errors.length > 0 ? (
                <div role={tried ? 'alert' : undefined}>
                  <Text size="sm" fw={600} mb={4} c={tried ? 'var(--mantine-color-error)' : 'inherit'}>
                    Still to do
                  </Text>
                  <List size="sm" spacing={4}>
                    {errors.slice(0, 8).map(({ path, message }) => (
                      <List.Item key={`${path} ${message}`}>{message}</List.Item>
                    ))}
                  </List>
                </div>
              ) : (
                <Text size="sm" className="quiet">
                  Ready. A preview resolves the keys, checks every key × Region and creates nothing; you run it from
                  there.
                </Text>
              )}
              <Button
                size="md"
                loading={submitting.isPending && submitting.variables === 'preview'}
                onClick={press(() => submitting.mutate('preview'))}
              >
                Preview
              </Button>
              <Button variant="default" disabled={submitting.isPending} onClick={press(confirm.open)}>
                Run without a preview
              </Button>
              {submitting.error && (
                <Failure
                  error={submitting.error}
                  unanswered="Whether the plan was submitted is not known. Press again when Keyferry answers: the same draft makes one plan only."
                />
              )}
              <CopySpec spec={spec} />
            </Stack>
          </Card>
        </Grid.Col>
      </Grid>
      <Modal opened={confirming} onClose={confirm.close} title="Run without a preview?">
        <Stack>
          <Text size="sm">
            {draft.options.require_approval
              ? 'Once resolved, it waits for its approval; then replicas are created in AWS and each costs money from then on.'
              : 'As soon as it is resolved, replicas are created in AWS, and each costs money from then on.'}{' '}
            A replica key is taken back only by scheduling its deletion, which takes at least 7 days.
          </Text>
          <Text size="sm" fw={600}>
            {sizeOf(draft, named.keys.length)}
          </Text>
          <Button
            onClick={() => {
              confirm.close();
              submitting.mutate('execute');
            }}
          >
            Submit and run <Code ml={6}>{draft.name}</Code>
          </Button>
          <Button variant="default" onClick={confirm.close} data-autofocus>
            Back to the form
          </Button>
        </Stack>
      </Modal>
    </>
  );
}

/** The text is made when it is asked for: it may be long. */
function CopySpec({ spec }: { spec: object }) {
  const { copied, copy } = useClipboard();
  return (
    <Button variant="subtle" size="compact-sm" onClick={() => copy(JSON.stringify(spec, null, 2))}>
      {copied ? 'Copied' : 'Copy as a plan file'}
    </Button>
  );
}

function submit(draft: Draft, spec: object, idempotencyKey: string): Promise<PlanView> {
  if (draft.source !== 'manifest' || draft.manifest === null)
    return keyferry.request('POST /v1/plans', { body: spec, idempotencyKey });
  return keyferry.createPlanFromManifest(
    spec,
    { rows: draft.manifest, fileName: draft.manifest.name },
    { idempotencyKey },
  );
}

function errorsOf(draft: Draft, spec: object): readonly InputError[] {
  const checked = checkInput(draft.source === 'manifest' ? manifestSpecSchema : planSpecSchema, spec);
  const errors = 'errors' in checked ? checked.errors : [];
  if (draft.source !== 'manifest' || draft.manifest !== null) return errors;
  return [...errors, { path: 'manifest', code: 'required', message: 'Choose the file that names the keys.' }];
}

/** What nobody has filled in yet is not called wrong before somebody wants to submit it. */
function isFilledIn(draft: Draft, path: string): boolean {
  if (path === 'name') return draft.name !== '';
  if (path === 'keys') return draft.keysText !== '';
  if (path === 'manifest' || path === 'selector') return false;
  if (path === 'regions') return draft.regions.length > 0;
  if (path.startsWith('replica.aws_param.Policy')) return draft.policyText !== '';
  if (path === 'replica.policytemplate') return draft.policytemplate !== '';
  return true;
}

function sizeOf(draft: Draft, keys: number): string {
  const regions = `${draft.regions.length} ${draft.regions.length === 1 ? 'Region' : 'Regions'}`;
  const grouped = draft.regions.some((region) => region.startsWith('group:'));
  if (draft.source === 'selector') return `Every key that fits × ${regions}`;
  if (draft.source === 'manifest') return draft.manifest?.name ?? 'No manifest yet';
  const product =
    grouped || keys * draft.regions.length === 0 ? '' : ` = ${countOf(keys * draft.regions.length, 'replica')}`;
  return `${keys.toLocaleString('en')} ${keys === 1 ? 'key' : 'keys'} × ${regions}${product}`;
}
