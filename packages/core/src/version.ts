import manifest from '../package.json' with { type: 'json' };

/** Of Keyferry as it runs. All of its workspaces have the same, and so has the npm package. */
export const version: string = manifest.version;
