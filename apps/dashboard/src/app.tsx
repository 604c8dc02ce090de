import { Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { CallerContext, useMay, useSession } from './api/caller.ts';
import { Boundary } from './display/boundary.tsx';
import { Failure } from './display/failure.tsx';
import { NotFound } from './display/no-page.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './sign-in/sign-in.tsx';

// Each page is loaded when it is first opened, so that the first load is small.
const ApprovalRules = lazy(() => import('./approval-rules/approval-rules.tsx'));
const Audit = lazy(() => import('./audit/audit.tsx'));
const Check = lazy(() => import('./coverage/check.tsx'));
const Coverage = lazy(() => import('./coverage/coverage.tsx'));
const Drill = lazy(() => import('./drills/drill.tsx'));
const Drills = lazy(() => import('./drills/drills.tsx'));
const EditPolicy = lazy(() => import('./coverage/edit-policy.tsx'));
const EditRegionGroup = lazy(() => import('./region-groups/edit-region-group.tsx'));
const EditSchedule = lazy(() => import('./schedules/edit-schedule.tsx'));
const Key = lazy(() => import('./keys/key.tsx'));
const Keys = lazy(() => import('./keys/keys.tsx'));
const NewDrill = lazy(() => import('./drills/new-drill.tsx'));
const NewPlan = lazy(() => import('./new-plan/new-plan.tsx'));
const Overview = lazy(() => import('./overview/overview.tsx'));
const Plan = lazy(() => import('./plan/plan.tsx'));
const Lanes = lazy(() => import('./lanes/lanes.tsx'));
const Queues = lazy(() => import('./queues/queues.tsx'));
const Plans = lazy(() => import('./plans/plans.tsx'));
const Policy = lazy(() => import('./coverage/policy.tsx'));
const Tokens = lazy(() => import('./tokens/tokens.tsx'));
const Webhook = lazy(() => import('./webhooks/webhook.tsx'));
const Webhooks = lazy(() => import('./webhooks/webhooks.tsx'));
const RegionGroups = lazy(() => import('./region-groups/region-groups.tsx'));
const Schedule = lazy(() => import('./schedules/schedule.tsx'));
const Schedules = lazy(() => import('./schedules/schedules.tsx'));

export function App() {
  const session = useSession();
  const [here] = useLocation();
  if (session.isPending) return <Waiting />;
  if (session.data === undefined) {
    return (
      <Center mih="100vh" p="md">
        <Failure error={session.error} what="the dashboard" onRetry={() => void session.refetch()} />
      </Center>
    );
  }
  if (session.data === null) return <SignIn />;
  return (
    <CallerContext value={session.data}>
      <Shell>
        <Boundary at={here}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              <Route path="/" component={Start} />
              <Route path="/plans" component={Plans} />
              <Route path="/plans/new" component={NewPlan} />
              <Route path="/plans/:id/:tab?" component={Plan} />
              <Route path="/coverage" component={Coverage} />
              <Route path="/coverage/-/new" component={EditPolicy} />
              <Route path="/coverage/:name/edit" component={EditPolicy} />
              <Route path="/coverage/:name/:tab?" component={Policy} />
              <Route path="/checks/:id/:tab?" component={Check} />
              <Route path="/drills" component={Drills} />
              <Route path="/drills/new" component={NewDrill} />
              <Route path="/drills/:id/:tab?" component={Drill} />
              <Route path="/keys" component={Keys} />
              <Route path="/keys/:id" component={Key} />
              <Route path="/schedules" component={Schedules} />
              <Route path="/schedules/new" component={EditSchedule} />
              <Route path="/schedules/:id" component={Schedule} />
              <Route path="/schedules/:id/edit" component={EditSchedule} />
              <Route path="/region-groups" component={RegionGroups} />
              <Route path="/region-groups/-/new" component={EditRegionGroup} />
              <Route path="/region-groups/:name/edit" component={EditRegionGroup} />
              <Route path="/lanes" component={Lanes} />
              <Route path="/queues/*?" component={Queues} />
              <Route path="/approval-rules" component={ApprovalRules} />
              <Route path="/webhooks" component={Webhooks} />
              <Route path="/webhooks/:id" component={Webhook} />
              <Route path="/tokens" component={Tokens} />
              <Route path="/audit" component={Audit} />
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Boundary>
      </Shell>
    </CallerContext>
  );
}

/** The overview is of everything: who may see a part only begins with the plans. */
function Start() {
  return useMay()('GET /v1/overview') ? <Overview /> : <Redirect to="/plans" replace />;
}

function Waiting() {
  return (
    <Center mih="60vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}
