const needed = ['PATH', 'HOME', 'NODE_COMPILE_CACHE'];

/**
 * What a process that a test starts gets of the test's own environment, so that no setting of ours reaches it by chance:
 * where programs and its home are, and where Node keeps compiled modules, which halves the time that a start takes.
 */
export const bareEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  needed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);
