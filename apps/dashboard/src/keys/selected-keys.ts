/** Where the form for a new plan finds the keys that were chosen here. */
const place = 'keyferry.new-plan.keys';
export const newPlanPath = '/plans/new?selected=1';

/** Leaves keys for the form; false: the browser keeps nothing for this page. */
export function leaveForNewPlan(keyIds: readonly string[]): boolean {
  try {
    sessionStorage.setItem(place, JSON.stringify(keyIds));
    return true;
  } catch {
    return false;
  }
}
