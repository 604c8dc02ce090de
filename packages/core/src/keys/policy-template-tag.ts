/** The tag by which CCKM marks a key that was made with a policy template. Source: CCKM contract, section 2.5. */
export const policyTemplateTag = 'cckm_policy_template_id';
