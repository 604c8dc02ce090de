/**
 * node write-schemas.mjs <folder> <folder of Kubernetes schemas> <CRD file …>
 *
 * Writes JSON schemas as kubeconform looks for them, a file for each kind that our chart makes, which refer to nothing outside
 * themselves: those of Kubernetes from the Python package kubernetes-validate, those of custom resources from the CRDs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [target, kubernetes, ...crds] = process.argv.slice(2);
const kinds = [
  ...['configmap-v1', 'service-v1', 'serviceaccount-v1', 'deployment-apps-v1', 'job-batch-v1', 'ingress-networking-v1'],
  ...['networkpolicy-networking-v1', 'poddisruptionbudget-policy-v1', 'horizontalpodautoscaler-autoscaling-v2'],
];
mkdirSync(target, { recursive: true });

const elsewhere = /"\/api\/_definitions\.json#/g;
const read = (file) => JSON.parse(readFileSync(join(kubernetes, file), 'utf8').replace(elsewhere, '"#'));
const { $defs } = read('_definitions.json');
for (const kind of kinds)
  writeFileSync(join(target, `${kind}.json`), JSON.stringify({ ...read(`${kind}.json`), $defs }));

for (const file of crds) {
  const { spec } = parse(readFileSync(file, 'utf8'));
  for (const { name, schema } of spec.versions) {
    const suffix = `${spec.names.kind.toLowerCase()}-${spec.group.split('.')[0]}-${name}`;
    writeFileSync(join(target, `${suffix}.json`), JSON.stringify(closed(schema.openAPIV3Schema)));
  }
}

/** As the API server reads it: fields that are not named are refused, and some may be a number or a text. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (schema['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  const open = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'];
  // `properties` itself may hold a field of this name.
  return schema.type === 'object' && typeof schema.properties === 'object' && !open
    ? { ...inner, additionalProperties: false }
    : inner;
}
