/**
 * Writes the digest of every image behind its tag, in docker-compose.yml and deploy/Dockerfile (or in the files that are given):
 *
 *   node deploy/pin-images.mjs [--registry https://mirror.example] [--check] [file …]
 *
 * Each image is asked for at its own registry, Docker Hub where it names none, or at `--registry`. The digest is worked out from what
 * the registry sends, so that it need not be believed. `--check` writes nothing, and ends with 1 where an image has no digest or
 * another one. Source: OCI distribution specification 1.1, "Pulling manifests".
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const usage = 'usage: node deploy/pin-images.mjs [--registry URL] [--check] [file …]';
const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const answerWithinMs = 30_000;

/** `image: name:tag` of compose and `FROM name:tag` of a Dockerfile; a stage, or an image that is built here, has no tag. */
const named = /^(\s*(?:image:|FROM)\s+)([\w./-]+(?::\d+\/[\w./-]+)?):([\w.-]+)(?:@(sha256:[0-9a-f]{64}))?/gm;

/** Asks a registry for the manifest that a tag names; logs in without a password where it wants that. */
async function digestOf(name, tag, mirror) {
  const [first, ...rest] = name.split('/');
  const own = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const path = own ? rest.join('/') : name.includes('/') ? name : `library/${name}`;
  const base = mirror ?? (own ? `https://${first}` : 'https://registry-1.docker.io');
  const url = `${base}/v2/${path}/manifests/${tag}`;
  const ask = (headers) =>
    fetch(url, { headers: { accept: accepted, ...headers }, signal: AbortSignal.timeout(answerWithinMs) });
  let response = await ask({});
  if (response.status === 401) response = await ask({ authorization: `Bearer ${await tokenFor(response, path)}` });
  if (!response.ok) throw new Error(`${base} answered ${response.status} for ${path}:${tag}.`);
  const body = Buffer.from(await response.arrayBuffer());
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const told = response.headers.get('docker-content-digest');
  if (told !== null && told !== digest)
    throw new Error(`${base} says that ${path}:${tag} is ${told}, and sent ${digest}.`);
  return digest;
}

async function tokenFor(response, path) {
  const wanted = Object.fromEntries(
    [...(response.headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [
      key,
      value,
    ]),
  );
  if (wanted.realm === undefined) throw new Error(`${response.url} wants a login, and does not say where to get one.`);
  const realm = new URL(wanted.realm);
  if (wanted.service !== undefined) realm.searchParams.set('service', wanted.service);
  realm.searchParams.set('scope', `repository:${path}:pull`);
  const answer = await fetch(realm, { signal: AbortSignal.timeout(answerWithinMs) });
  if (!answer.ok) throw new Error(`${realm.origin} answered ${answer.status} when it was asked for a token.`);
  const { token, access_token: accessToken } = await answer.json();
  return token ?? accessToken;
}

function options() {
  try {
    return parseArgs({
      options: { registry: { type: 'string' }, check: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(64);
  }
}

const { values, positionals } = options();
const files = positionals.length > 0 ? positionals : ['docker-compose.yml', 'deploy/Dockerfile'];
const digests = new Map();
let wrong = 0;
try {
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [, , name, tag] of text.matchAll(named)) {
      const image = `${name}:${tag}`;
      if (!digests.has(image)) digests.set(image, await digestOf(name, tag, values.registry));
    }
    const pinned = text.replace(named, (_all, before, name, tag, digest) => {
      const wanted = digests.get(`${name}:${tag}`);
      if (digest !== wanted) {
        wrong += 1;
        console.log(`${file}: ${name}:${tag} ${values.check ? `is not pinned to ${wanted}` : wanted}`);
      }
      return `${before}${name}:${tag}@${wanted}`;
    });
    if (!values.check && pinned !== text) writeFileSync(file, pinned);
  }
} catch (error) {
  console.error(`${error.message}${error.cause?.message ? ` (${error.cause.message})` : ''} Nothing more was written.`);
  process.exit(1);
}
if (wrong === 0) console.log(`All ${digests.size} images have their digests.`);
else if (values.check) process.exit(1);
