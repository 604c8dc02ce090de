import type { Plugin } from 'vite';

/**
 * Lets a page go without the schemas of @keyferry/core that it does not use, and then without Zod. A bundler cannot know that what
 * makes a schema has no effect beside it; of core all is so, as its package.json says.
 */
export function dropUnusedSchemas(): Plugin {
  return {
    name: 'drop-unused-schemas',
    apply: 'build',
    enforce: 'post',
    transform(code, id) {
      if (!/[\\/]packages[\\/]core[\\/]src[\\/]/.test(id)) return null;
      const made = this.parse(code)
        .body.map((statement) => (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement))
        .flatMap((declaration) => (declaration?.type === 'VariableDeclaration' ? declaration.declarations : []))
        .flatMap(({ init }) => (init?.type === 'CallExpression' || init?.type === 'NewExpression' ? [init] : []));
      // From the end, so that what stands before keeps its place.
      return made.reduceRight(
        (done, { start, end }) =>
          `${done.slice(0, start)}/* @__PURE__ */ (() => ${done.slice(start, end)})()${done.slice(end)}`,
        code,
      );
    },
  };
}
