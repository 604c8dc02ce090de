import { Card, Center, Loader, Tabs } from '@mantine/core';
import { type ReactNode, Suspense, useEffect, useRef } from 'react';
import { Boundary } from './boundary.tsx';

interface PartTabsProps<Tab extends string> {
  /** What they are the parts of. */
  label: string;
  /** What each is called, in their order. */
  labels: Readonly<Record<Tab, string>>;
  /** What stands beside the name of a tab. */
  marks?: { readonly [One in Tab]?: ReactNode };
  open: Tab;
  onOpen: (tab: Tab) => void;
  /** The open part; it may still have to be loaded. */
  children: ReactNode;
}

const oneLine = { flexWrap: 'nowrap', overflowX: 'auto', scrollbarWidth: 'none' } as const;

/** The parts of something as tabs, of which one is open. */
export function PartTabs<Tab extends string>(props: PartTabsProps<Tab>) {
  const { label, labels, marks, open, onOpen, children } = props;
  const list = useShownTab(open);
  return (
    <Card withBorder padding={0}>
      <Tabs value={open} onChange={(next) => next && onOpen(next as Tab)} keepMounted={false}>
        <Tabs.List ref={list} aria-label={label} px="xs" style={oneLine}>
          {(Object.keys(labels) as Tab[]).map((tab) => (
            <Tabs.Tab key={tab} value={tab} py="sm" rightSection={marks?.[tab]}>
              {labels[tab]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={open}>
          <Boundary at={open}>
            <Suspense fallback={<Waiting />}>{children}</Suspense>
          </Boundary>
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}

/** The tab that an address names, if there is one of that name. */
export function openTab<Tab extends string>(
  labels: Readonly<Record<Tab, string>>,
  named: string | undefined,
  first: NoInfer<Tab>,
): Tab {
  return (Object.keys(labels) as Tab[]).find((tab) => tab === named) ?? first;
}

/** Keeps the open tab in sight where there is no room for all. */
function useShownTab(open: string) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (list.current && tab)
      list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [open]);
  return list;
}

function Waiting() {
  return (
    <Center mih={240}>
      <Loader aria-label="Loading" />
    </Center>
  );
}
